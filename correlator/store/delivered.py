"""What the measures of delivery are made from: the deploys of a window, and what each broke.

A handful of statements for a window, however many deploys are in it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.recoveries import recoveries, tried_on
from correlator.store.tables import (
    ArrivalRow,
    DeployRow,
    FixAttemptRow,
    IssueRow,
    LabelRow,
    ProjectRow,
    RollOutRow,
    SurveyedLabelRow,
    SurveyedRow,
    SuspectRow,
    VerdictRow,
)

# A culprit counts as one from this probability on.
SURE = 0.5
# In these states somebody has acted on an issue.
ACTED_ON = ("resolved",)


@dataclass(slots=True, kw_only=True)
class Went:
    """A deploy of the window and what is known of it. ``broke``: issue ids by method (culprit or
    time); ``leads``: seconds from commit to deploy of what it brought first; ``goes_on``: something
    that it broke was tried to be mended, and nothing has held yet."""

    deploy: DeployRow
    kind: str
    own: int | None
    leads: list[float] = field(default_factory=list)
    broke: dict[int, str] = field(default_factory=dict)
    recovered_at: datetime | None = None
    is_rework: bool = False
    goes_on: bool = False


def window(session: Session, wanted: Mapping[str, str | int | None], since: datetime) -> list[Went]:
    """Full deploys since a time, oldest first. ``wanted``: project, service, environment, team."""
    where = _where(wanted)
    rows = session.execute(
        sa.select(DeployRow, RollOutRow)
        .join(ProjectRow, col(ProjectRow.id) == col(DeployRow.project_id))
        .outerjoin(RollOutRow, col(RollOutRow.deploy_id) == col(DeployRow.id))
        .where(col(DeployRow.at) >= since, col(DeployRow.stage).is_(None), *where)
        .order_by(col(DeployRow.at), col(DeployRow.id))
    )
    went = [
        Went(
            deploy=deploy, kind=found.kind if found else "unknown", own=found.own if found else None
        )
        for deploy, found in rows
    ]
    by_id = {one.deploy.id or 0: one for one in went}
    for deploy_id, at, committed in session.execute(
        sa.select(col(ArrivalRow.deploy_id), col(DeployRow.at), col(ArrivalRow.committed_at))
        .join(DeployRow, col(DeployRow.id) == col(ArrivalRow.deploy_id))
        .join(ProjectRow, col(ProjectRow.id) == col(DeployRow.project_id))
        .where(col(DeployRow.at) >= since, col(DeployRow.stage).is_(None), *where)
        .where(col(ArrivalRow.is_first).is_(True), col(ArrivalRow.is_own).is_(True))
    ):
        if deploy_id in by_id:
            by_id[deploy_id].leads.append(max((at - committed).total_seconds(), 0.0))
    _mark_broken(session, went, wanted.get("project_id"))
    return went


def _where(wanted: Mapping[str, str | int | None]) -> list[sa.ColumnElement[bool]]:
    columns = {
        "project": col(ProjectRow.slug),
        "project_id": col(DeployRow.project_id),
        "environment": col(DeployRow.environment),
        "service": col(DeployRow.service),
    }
    where = [columns[name] == value for name, value in wanted.items() if value and name in columns]
    if wanted.get("team"):
        of_team = (
            sa.select(col(ArrivalRow.deploy_id))
            .join(
                SurveyedRow,
                sa.and_(
                    col(SurveyedRow.repo_id) == col(ArrivalRow.repo_id),
                    col(SurveyedRow.sha) == col(ArrivalRow.sha),
                ),
            )
            .join(SurveyedLabelRow, col(SurveyedLabelRow.surveyed_id) == col(SurveyedRow.id))
            .where(col(SurveyedLabelRow.kind) == "team")
            .where(col(SurveyedLabelRow.value) == wanted["team"])
        )
        where.append(col(DeployRow.id).in_(of_team))
    return where


@dataclass(frozen=True, slots=True)
class _Incident:
    """An issue that was acted on, where it began, and its culprit if one is known."""

    issue: IssueRow
    repo_id: int | None
    sha: str | None


def _mark_broken(session: Session, went: Sequence[Went], only: str | int | None) -> None:
    """Give each incident to the deploy that brought its culprit to its line; where no culprit is
    known, to the one that was the newest when it began."""
    if not went:
        return
    lines = _by_line(went)
    since = went[0].deploy.at
    incidents = _incidents(session, since, only)
    ended = recoveries(session, since)
    tried = tried_on(session, since)
    for went_out in went:
        went_out.is_rework |= went_out.deploy.id in tried
    brought = _brought(session, {one.sha for one in incidents if one.sha})
    for one in incidents:
        line = lines.get(
            (one.issue.project_id, one.issue.first_service, one.issue.first_environment)
        )
        if line is None:
            continue
        method = "culprit" if one.sha else "time"
        answerable = (
            _bringer(line, brought, one.sha) if one.sha else _newest(line, one.issue.first_seen)
        )
        if answerable is None:
            continue
        answerable.broke[one.issue.id or 0] = method
        place = (one.issue.id or 0, one.issue.first_environment, one.issue.first_service)
        if place in ended:
            _mark_ended(answerable, ended[place])
        else:
            _mark_recovery(line, answerable, one)
    for went_out in went:
        went_out.recovered_at = None if went_out.goes_on else went_out.recovered_at


def _mark_ended(broken: Went, at: datetime | None) -> None:
    """Over with the attempt that held; while one goes on to fail, the deploy's failure does."""
    if at is None:
        broken.goes_on = True
    else:
        broken.recovered_at = max(at, broken.recovered_at or at)


def _by_line(went: Sequence[Went]) -> dict[tuple[int, str, str], list[Went]]:
    lines: dict[tuple[int, str, str], list[Went]] = defaultdict(list)
    for one in went:
        lines[one.deploy.project_id, one.deploy.service, one.deploy.environment].append(one)
        one.is_rework = one.kind in ("roll-back", "hotfix")
    return lines


def _incidents(session: Session, since: datetime, only: str | int | None) -> list[_Incident]:
    """Issues that somebody acted on: resolved, their culprit reverted, or a fix rolled out."""
    labelled = sa.select(col(LabelRow.issue_id)).where(col(LabelRow.source) != "person")
    tried = sa.select(col(FixAttemptRow.issue_id)).where(col(FixAttemptRow.confirmed).is_(True))
    wanted = (
        sa.select(IssueRow, col(VerdictRow.repo_id), SuspectRow)
        .outerjoin(VerdictRow, col(VerdictRow.id) == col(IssueRow.verdict_id))
        .outerjoin(
            SuspectRow,
            sa.and_(
                col(SuspectRow.verdict_id) == col(VerdictRow.id),
                col(SuspectRow.place) == _first_place(),
                col(VerdictRow.abstained).is_(None),
            ),
        )
        .where(col(IssueRow.first_seen) >= since)
        .where(
            sa.or_(
                col(IssueRow.status).in_(ACTED_ON),
                col(IssueRow.id).in_(labelled),
                col(IssueRow.id).in_(tried),
            )
        )
    )
    if only:
        wanted = wanted.where(col(IssueRow.project_id) == only)
    return [
        _Incident(issue, suspect.repo_id or repo_id, suspect.sha)
        if suspect is not None and suspect.probability >= SURE
        else _Incident(issue, None, None)
        for issue, repo_id, suspect in session.execute(wanted)
    ]


def _first_place() -> sa.ScalarSelect[int]:
    other = sa.orm.aliased(SuspectRow)
    return (
        sa.select(sa.func.min(col(other.place)))
        .where(col(other.verdict_id) == col(VerdictRow.id))
        .correlate(VerdictRow)
        .scalar_subquery()
    )


def _brought(session: Session, shas: set[str]) -> dict[str, list[int]]:
    """The deploys that brought each of the commits, first arrivals only."""
    found: dict[str, list[int]] = defaultdict(list)
    listed = sorted(shas)
    for at in range(0, len(listed), 500):
        wanted = select(ArrivalRow.sha, ArrivalRow.deploy_id).where(
            col(ArrivalRow.sha).in_(listed[at : at + 500]), col(ArrivalRow.is_first).is_(True)
        )
        for sha, deploy_id in session.exec(wanted):
            found[sha].append(deploy_id)
    return found


def _bringer(line: Sequence[Went], brought: Mapping[str, list[int]], sha: str) -> Went | None:
    ids = set(brought.get(sha, ()))
    return next((one for one in line if one.deploy.id in ids), None)


def _newest(line: Sequence[Went], at: datetime) -> Went | None:
    return next((one for one in reversed(line) if one.deploy.at <= at), None)


def _mark_recovery(line: Sequence[Went], broken: Went, incident: _Incident) -> None:
    """It was over with the roll-back or hotfix that came next after it began, if one did."""
    later = [
        one for one in line if one.deploy.at > max(broken.deploy.at, incident.issue.first_seen)
    ]
    mended = next((one for one in later if one.kind in ("roll-back", "hotfix")), None)
    if mended is not None and (
        broken.recovered_at is None or broken.recovered_at < mended.deploy.at
    ):
        broken.recovered_at = mended.deploy.at


def choices(session: Session, only: int | None) -> dict[str, list[str]]:
    """Services, environments and teams there are to choose from."""
    found = {}
    for name, column in (
        ("service", col(DeployRow.service)),
        ("environment", col(DeployRow.environment)),
    ):
        wanted = sa.select(column).distinct().order_by(column).limit(200)
        if only is not None:
            wanted = wanted.where(col(DeployRow.project_id) == only)
        found[name] = list(session.execute(wanted).scalars())
    if only is None:
        value = col(SurveyedLabelRow.value)
        teams = sa.select(value).where(col(SurveyedLabelRow.kind) == "team").distinct()
        found["team"] = list(session.execute(teams.order_by(value).limit(200)).scalars())
    return found
