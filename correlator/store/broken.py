"""Which deploy broke what: incidents given to the deploy that brought their culprit."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.recoveries import recoveries, tried_on
from correlator.store.tables import IssueRow, LabelRow, SuspectRow, VerdictRow

# A culprit counts as one from this probability on.
SURE = 0.5
# The place of a verdict's first suspect.
FIRST = 1
# In these states somebody has acted on an issue.
ACTED_ON = ("resolved",)


@dataclass(frozen=True, slots=True)
class Placed:
    """A deploy as far as it is measured: thousands of whole rows would take their time."""

    id: int
    project_id: int
    service: str
    environment: str
    at: datetime


@dataclass(slots=True, kw_only=True)
class Went:
    """A deploy of the window and what is known of it. ``broke``: issue ids by method (culprit or
    time); ``leads``: seconds from commit to deploy of what it brought first; ``goes_on``: something
    that it broke was tried to be mended, and nothing has held yet."""

    deploy: Placed
    kind: str
    own: int | None
    leads: list[float] = field(default_factory=list)
    broke: dict[int, str] = field(default_factory=dict)
    recovered_at: datetime | None = None
    is_rework: bool = False
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class _Incident:
    """An issue that was acted on, where and when it began, and its culprit if one is known.
    ``tried``: a fix was rolled out; ``ended``: when the one that held was."""

    id: int
    line: tuple[int, str, str]
    began: datetime
    sha: str | None
    tried: bool
    ended: datetime | None


class _Line:
    """The deploys of one service in one environment, oldest first, to be looked up by time."""

    def __init__(self) -> None:
        self.went: list[Went] = []
        self.times: list[datetime] = []
        self.mended: list[datetime] = []
        self.places: dict[int, int] = {}

    def add(self, one: Went) -> None:
        """The next one."""
        one.is_rework = one.kind in ("roll-back", "hotfix")
        self.places[one.deploy.id] = len(self.went)
        self.went.append(one)
        self.times.append(one.deploy.at)
        if one.is_rework:
            self.mended.append(one.deploy.at)

    def bringer(self, deploys: Sequence[int]) -> Went | None:
        """The first of these deploys that is one of the line."""
        places = [self.places[one] for one in deploys if one in self.places]
        return self.went[min(places)] if places else None

    def newest(self, at: datetime) -> Went | None:
        """The last deploy until then."""
        place = bisect_right(self.times, at)
        return self.went[place - 1] if place else None

    def mended_after(self, at: datetime) -> datetime | None:
        """The first roll-back or hotfix later than that."""
        place = bisect_right(self.mended, at)
        return self.mended[place] if place < len(self.mended) else None


def mark_broken(
    session: Session,
    went: Sequence[Went],
    brought: Mapping[str, list[int]],
    wanted: Mapping[str, str | int | None],
) -> None:
    """Give each incident to the deploy that brought its culprit to its line; where no culprit is
    known, to the one that was the newest when it began."""
    lines: dict[tuple[int, str, str], _Line] = defaultdict(_Line)
    for one in went:
        lines[one.deploy.project_id, one.deploy.service, one.deploy.environment].add(one)
    for incident in _incidents(session, went[0].deploy.at, wanted) if went else ():
        line = lines.get(incident.line)
        if line is None:
            continue
        sha = incident.sha
        broken = line.bringer(brought.get(sha, ())) if sha else line.newest(incident.began)
        if broken is not None:
            broken.broke[incident.id] = "culprit" if sha else "time"
            _mark_recovery(line, broken, incident)
    tried = tried_on(session, went[0].deploy.at) if went else frozenset()
    for one in went:
        one.is_rework |= one.deploy.id in tried
        one.recovered_at = None if one.goes_on else one.recovered_at


def _incidents(
    session: Session, since: datetime, asked: Mapping[str, str | int | None]
) -> list[_Incident]:
    """Issues that somebody acted on: resolved, their culprit reverted, or a fix rolled out."""
    mended = recoveries(since)
    labelled = sa.select(col(LabelRow.issue_id)).where(col(LabelRow.source) != "person")
    wanted = (
        sa.select(
            col(IssueRow.id), col(IssueRow.project_id), col(IssueRow.first_service),
            col(IssueRow.first_environment), col(IssueRow.first_seen),
            col(SuspectRow.sha), col(SuspectRow.probability), mended.c.issue_id, mended.c.ended,
        )
        .outerjoin(
            mended,
            sa.and_(
                mended.c.issue_id == col(IssueRow.id),
                mended.c.environment == col(IssueRow.first_environment),
                mended.c.service == col(IssueRow.first_service),
            ),
        )
        .outerjoin(VerdictRow, col(VerdictRow.id) == col(IssueRow.verdict_id))
        .outerjoin(
            SuspectRow,
            sa.and_(
                col(SuspectRow.verdict_id) == col(VerdictRow.id),
                col(SuspectRow.place) == FIRST,
                col(VerdictRow.abstained).is_(None),
            ),
        )
        .where(col(IssueRow.first_seen) >= since)
        .where(
            sa.or_(
                col(IssueRow.status).in_(ACTED_ON),
                col(IssueRow.id).in_(labelled),
                mended.c.issue_id.is_not(None),
            )
        )
    )  # fmt: skip
    for name, column in (
        ("project_id", col(IssueRow.project_id)),
        ("service", col(IssueRow.first_service)),
        ("environment", col(IssueRow.first_environment)),
    ):
        wanted = wanted.where(column == asked[name]) if asked.get(name) else wanted
    return [
        _Incident(
            id=row[0],
            line=(row[1], row[2], row[3]),
            began=row[4],
            sha=row[5] if (row[6] or 0.0) >= SURE else None,
            tried=row[7] is not None,
            ended=row[8],
        )
        for row in session.execute(wanted)
    ]


def _mark_recovery(line: _Line, broken: Went, incident: _Incident) -> None:
    """It was over with the fix that held; where none is known, with the roll-back or hotfix that
    came next after it began, if one did. While a fix goes on to fail, so does the deploy."""
    mended = incident.ended
    broken.goes_on |= incident.tried and mended is None
    if not incident.tried:
        mended = line.mended_after(max(broken.deploy.at, incident.began))
    if mended is not None and (broken.recovered_at is None or broken.recovered_at < mended):
        broken.recovered_at = mended
