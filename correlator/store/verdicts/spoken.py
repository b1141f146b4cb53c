"""What people said last of suspects, as queries to join: a word that was taken back is none.

Made once each: SQLite would look for the newest word anew for every issue.
"""

from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from correlator.store.tables import JudgementRow, SuspectRow, VerdictRow

CONFIRMED, REJECTED = "confirmed", "rejected"


def confirmations() -> sa.CTE:
    """Of each ``issue_id`` the ``sha`` that somebody confirmed last as its culprit, and the
    ``repo_id`` that it was of when they did."""
    newest = (
        sa.select(sa.func.max(col(JudgementRow.id)))
        .where(col(JudgementRow.id).in_(_standing()), col(JudgementRow.said) == CONFIRMED)
        .group_by(col(JudgementRow.issue_id))
    )
    listed = sa.and_(
        col(SuspectRow.verdict_id) == col(JudgementRow.verdict_id),
        col(SuspectRow.sha) == col(JudgementRow.sha),
    )
    repo = sa.func.coalesce(col(SuspectRow.repo_id), col(VerdictRow.repo_id)).label("repo_id")
    wanted = (
        _said()
        .add_columns(repo)
        .outerjoin(VerdictRow, col(VerdictRow.id) == col(JudgementRow.verdict_id))
        .outerjoin(SuspectRow, listed)
    )
    return _once(wanted.where(col(JudgementRow.id).in_(newest)), "confirmed")


def rejections() -> sa.CTE:
    """(``issue_id``, ``sha``) of suspects that somebody ruled out."""
    ruled_out = col(JudgementRow.said) == REJECTED
    return _once(_said().where(col(JudgementRow.id).in_(_standing()), ruled_out), "rejected")


def _said() -> sa.Select[*tuple[Any, ...]]:
    return sa.select(col(JudgementRow.issue_id), col(JudgementRow.sha))


def _standing() -> sa.Select[*tuple[Any, ...]]:
    """The newest word on each suspect of each issue."""
    of_each = col(JudgementRow.issue_id), col(JudgementRow.sha)
    return sa.select(sa.func.max(col(JudgementRow.id))).group_by(*of_each)


def _once(said: sa.Select[*tuple[Any, ...]], name: str) -> sa.CTE:
    return said.cte(name).prefix_with("MATERIALIZED", dialect="sqlite")
