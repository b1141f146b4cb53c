"""What the measures of delivery are made from: the deploys of a window, and what each broke.

A handful of statements for a window, however many deploys are in it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.deploys.broken import Placed, Went, mark_broken
from correlator.store.gathered import Gathered
from correlator.store.tables import (
    ArrivalRow,
    DeployRow,
    EpisodeRow,
    FixAttemptRow,
    FollowedRow,
    IssueRow,
    JudgementRow,
    LabelRow,
    ProjectRow,
    RollOutRow,
    SurveyedLabelRow,
    SurveyedRow,
    VerdictRow,
)


def window(session: Session, wanted: Mapping[str, str | int | None], since: datetime) -> list[Went]:
    """Full deploys since a time, oldest first. ``wanted``: project, service, environment, team."""
    where = [col(DeployRow.at) >= since, col(DeployRow.stage).is_(None), *_where(wanted)]
    leads = _leads(session, where).subquery()
    rows = session.connection().execute(
        sa.select(
            col(DeployRow.id), col(DeployRow.project_id), col(DeployRow.service),
            col(DeployRow.environment), col(DeployRow.at), col(RollOutRow.kind),
            col(RollOutRow.own), leads.c.leads,
        )
        .join(ProjectRow, col(ProjectRow.id) == col(DeployRow.project_id))
        .outerjoin(RollOutRow, col(RollOutRow.deploy_id) == col(DeployRow.id))
        .outerjoin(leads, leads.c.deploy_id == col(DeployRow.id))
        .where(*where)
        .order_by(col(DeployRow.at), col(DeployRow.id))
    )  # fmt: skip
    went = [
        Went(deploy=Placed._make(row[:5]), kind=row[5] or "unknown", own=row[6], leads=row[7])
        for row in rows.all()
    ]
    mark_broken(session, went, _brought(where), wanted)
    return went


def mark(session: Session) -> tuple[Any, ...]:
    """What moves with every deploy, every finding of one, issue, merge, verdict, word, label and
    fix; with one that is judged anew, too, whose row may have the number of the one before."""
    resolved = sa.func.count(col(IssueRow.id)).filter(col(IssueRow.status) == "resolved")
    merged = sa.func.count(col(IssueRow.merged_into))
    closed = sa.func.count(col(EpisodeRow.closed_at))
    asked: tuple[Any, ...] = (
        *(sa.func.max(col(RollOutRow.looked_at)), sa.func.count(col(RollOutRow.id))),
        *(resolved, merged, sa.func.max(col(IssueRow.id)), sa.func.max(col(VerdictRow.id))),
        *(closed, sa.func.max(col(FollowedRow.at))),
    )
    for table in (DeployRow, ArrivalRow, JudgementRow, LabelRow, FixAttemptRow):
        asked += (sa.func.count(col(table.id)), sa.func.max(col(table.id)))
    one_each: list[Any] = [sa.select(one).scalar_subquery() for one in asked]
    return tuple(session.execute(sa.select(*one_each)).one())


def _leads(session: Session, where: list[sa.ColumnElement[bool]]) -> sa.Select[*tuple[Any, ...]]:
    """How long each change of the service's own took that a deploy brought first."""
    lead = Gathered(_lead(session)).label("leads")
    own = _arrived(where, col(ArrivalRow.deploy_id), lead).where(col(ArrivalRow.is_own).is_(True))
    return own.group_by(col(ArrivalRow.deploy_id))


def _brought(where: list[sa.ColumnElement[bool]]) -> sa.Select[*tuple[Any, ...]]:
    """The commits that these deploys brought first."""
    line = col(DeployRow.project_id), col(DeployRow.service), col(DeployRow.environment)
    return _arrived(where, col(ArrivalRow.sha), col(ArrivalRow.deploy_id), *line)


def _arrived(where: list[sa.ColumnElement[bool]], *columns: Any) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(*columns)
        .select_from(ArrivalRow)
        .join(DeployRow, col(DeployRow.id) == col(ArrivalRow.deploy_id))
        .join(ProjectRow, col(ProjectRow.id) == col(DeployRow.project_id))
        .where(*where, col(ArrivalRow.is_first).is_(True))
    )


def _lead(session: Session) -> sa.ColumnElement[float]:
    """Seconds from commit to deploy, none below 0: of tens of thousands, the database takes the
    difference."""
    deployed, committed = col(DeployRow.at), col(ArrivalRow.committed_at)
    if session.get_bind().dialect.name == "postgresql":
        return sa.cast(sa.func.greatest(sa.extract("epoch", deployed - committed), 0), sa.Float)
    days: sa.ColumnElement[float] = sa.func.julianday(deployed) - sa.func.julianday(committed)
    # A Julian day in a float is good to a tenth of a millisecond.
    return sa.func.max(sa.func.round(days * 86_400.0, 2), 0.0)


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
