"""What the measures of delivery are made from: the deploys of a window, and what each broke.

A handful of statements for a window, however many deploys are in it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.broken import Placed, Went, mark_broken
from correlator.store.tables import (
    ArrivalRow,
    DeployRow,
    ProjectRow,
    RollOutRow,
    SurveyedLabelRow,
    SurveyedRow,
)


def window(session: Session, wanted: Mapping[str, str | int | None], since: datetime) -> list[Went]:
    """Full deploys since a time, oldest first. ``wanted``: project, service, environment, team."""
    where = _where(wanted)
    rows = session.execute(
        sa.select(
            col(DeployRow.id), col(DeployRow.project_id), col(DeployRow.service),
            col(DeployRow.environment), col(DeployRow.at), col(RollOutRow.kind),
            col(RollOutRow.own),
        )
        .join(ProjectRow, col(ProjectRow.id) == col(DeployRow.project_id))
        .outerjoin(RollOutRow, col(RollOutRow.deploy_id) == col(DeployRow.id))
        .where(col(DeployRow.at) >= since, col(DeployRow.stage).is_(None), *where)
        .order_by(col(DeployRow.at), col(DeployRow.id))
    )  # fmt: skip
    went = [Went(deploy=Placed(*row[:5]), kind=row.kind or "unknown", own=row.own) for row in rows]
    brought = _brought(session, went, since, where)
    mark_broken(session, went, brought, wanted)
    return went


def _brought(
    session: Session, went: Sequence[Went], since: datetime, where: list[sa.ColumnElement[bool]]
) -> dict[str, list[int]]:
    """The deploys that brought each commit first; notes how long the service's own took."""
    by_id = {one.deploy.id: one for one in went}
    found: dict[str, list[int]] = defaultdict(list)
    for deploy_id, sha, lead, is_own in session.execute(
        sa.select(
            col(ArrivalRow.deploy_id), col(ArrivalRow.sha), _lead(session), col(ArrivalRow.is_own)
        )
        .join(DeployRow, col(DeployRow.id) == col(ArrivalRow.deploy_id))
        .join(ProjectRow, col(ProjectRow.id) == col(DeployRow.project_id))
        .where(col(DeployRow.at) >= since, col(DeployRow.stage).is_(None), *where)
        .where(col(ArrivalRow.is_first).is_(True))
    ):  # fmt: skip
        if deploy_id not in by_id:
            continue
        found[sha].append(deploy_id)
        if is_own:
            by_id[deploy_id].leads.append(max(lead, 0.0))
    return found


def _lead(session: Session) -> sa.ColumnElement[float]:
    """Seconds from commit to deploy: of tens of thousands, the database takes the difference."""
    deployed, committed = col(DeployRow.at), col(ArrivalRow.committed_at)
    if session.get_bind().dialect.name == "postgresql":
        return sa.cast(sa.extract("epoch", deployed - committed), sa.Float)
    days: sa.ColumnElement[float] = sa.func.julianday(deployed) - sa.func.julianday(committed)
    # A Julian day in a float is good to a tenth of a millisecond.
    return sa.func.round(days * 86_400.0, 2)


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
