"""Who else took part in a request, and what of theirs had just been deployed."""

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.deploys.history import SKEW
from correlator.store.tables import DeployRow, EventRow, IssueRow, ProjectRow

MOST_EVENTS = 50
MOST_DEPLOYS = 300
RECENT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Deployed:
    """A recent deploy of another service, with the name of its project."""

    row: DeployRow
    project: str


def same_trace(session: Session, issue: IssueRow, trace_id: str | None) -> list[EventRow]:
    """Events of other services that carry the same trace id, the earliest first."""
    if not trace_id:
        return []
    other = sa.or_(
        col(EventRow.project_id) != issue.project_id, col(EventRow.service) != issue.first_service
    )
    found = select(EventRow).where(EventRow.trace_id == trace_id, other)
    return list(session.exec(found.order_by(col(EventRow.at)).limit(MOST_EVENTS)))


def deployed_recently(session: Session, issue: IssueRow) -> list[Deployed]:
    """The newest deploy of every other service of the issue's environment, if it was within a day
    before the issue was first seen; the latest first."""
    other = sa.or_(
        col(DeployRow.project_id) != issue.project_id, col(DeployRow.service) != issue.first_service
    )
    found = session.execute(
        select(DeployRow, ProjectRow.slug)
        .join(ProjectRow, col(ProjectRow.id) == col(DeployRow.project_id))
        .where(
            DeployRow.environment == issue.first_environment,
            col(DeployRow.at) <= issue.first_seen + SKEW,
            col(DeployRow.at) >= issue.first_seen - RECENT,
            other,
        )
        .order_by(col(DeployRow.at).desc(), col(DeployRow.id).desc())
        .limit(MOST_DEPLOYS)
    )
    newest: dict[tuple[int, str], Deployed] = {}
    for row, slug in found:
        newest.setdefault((row.project_id, row.service), Deployed(row, slug))
    return list(newest.values())
