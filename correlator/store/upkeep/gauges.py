"""What the database knows about how things stand: few, bounded numbers for metrics and checks."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.intake import inbox
from correlator.store.issues import kept as issues
from correlator.store.tables import IssueRow, RepoRow, TroubleRow, VerdictRow
from correlator.store.upkeep import retention

NAMED = "named"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauges:
    """One look. ``verdicts``: those in force, by ``named`` or the reason of their silence."""

    inbox_waiting: int
    inbox_oldest: datetime | None
    issues_waiting: int
    issues: dict[str, int]
    verdicts: dict[str, int]
    troubles: dict[str, int]
    repositories: dict[str, int]
    stored_bytes: int


def look(session: Session, now: datetime) -> Gauges:
    """How things stand."""
    return Gauges(
        inbox_waiting=inbox.waiting(session),
        inbox_oldest=inbox.oldest_waiting(session),
        issues_waiting=issues.waiting_issues(session, now),
        issues=_by(session, col(IssueRow.status)),
        verdicts=_verdicts(session),
        troubles=_by(session, col(TroubleRow.step), col(TroubleRow.resolved_at).is_(None)),
        repositories=_by(session, col(RepoRow.state)),
        stored_bytes=retention.stored_bytes(session),
    )


def _by(
    session: Session, column: sa.SQLColumnExpression[str], *only: sa.ColumnElement[bool]
) -> dict[str, int]:
    counted = sa.select(column, sa.func.count()).where(*only).group_by(column)
    return {str(row[0]): int(row[1]) for row in session.execute(counted)}


def _verdicts(session: Session) -> dict[str, int]:
    reason = sa.func.coalesce(col(VerdictRow.abstained), NAMED)
    in_force = (
        sa.select(reason, sa.func.count())
        .select_from(IssueRow)
        .join(VerdictRow, col(VerdictRow.id) == col(IssueRow.verdict_id))
        .group_by(reason)
    )
    return {str(row[0]): int(row[1]) for row in session.execute(in_force)}


def troubled_repositories(session: Session) -> list[tuple[str, str]]:
    """Name and problem of every repository that has one."""
    rows = session.exec(
        select(RepoRow).where(col(RepoRow.problem).is_not(None)).order_by(col(RepoRow.name))
    )
    return [(row.name, row.problem or "") for row in rows]
