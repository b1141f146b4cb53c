"""How things stand at this moment: few, bounded numbers for metrics and checks.

Only what an index answers, however much there is; what has to be counted is in ``counts``.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.intake import inbox
from correlator.store.issues import kept as issues
from correlator.store.tables import RepoRow, TroubleRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauges:
    """One look."""

    inbox_waiting: int
    inbox_oldest: datetime | None
    issues_waiting: int
    troubles: dict[str, int]
    repositories: dict[str, int]


def look(session: Session, now: datetime) -> Gauges:
    """How things stand."""
    return Gauges(
        inbox_waiting=inbox.waiting(session),
        inbox_oldest=inbox.oldest_waiting(session),
        issues_waiting=issues.waiting_issues(session, now),
        troubles=_by(session, col(TroubleRow.step), col(TroubleRow.resolved_at).is_(None)),
        repositories=_by(session, col(RepoRow.state)),
    )


def _by(
    session: Session, column: sa.SQLColumnExpression[str], *only: sa.ColumnElement[bool]
) -> dict[str, int]:
    counted = sa.select(column, sa.func.count()).where(*only).group_by(column)
    return {str(row[0]): int(row[1]) for row in session.execute(counted)}


def troubled_repositories(session: Session) -> list[tuple[str, str]]:
    """Name and problem of every repository that has one."""
    rows = session.exec(
        select(RepoRow).where(col(RepoRow.problem).is_not(None)).order_by(col(RepoRow.name))
    )
    return [(row.name, row.problem or "") for row in rows]
