"""Issues that somebody had to act on: where and when each began, and its culprit."""

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.deploys.recoveries import recoveries
from correlator.store.tables import IssueRow, LabelRow, VerdictRow
from correlator.store.verdicts.culprit import likely_culprits

# In these states somebody has acted on an issue.
ACTED_ON = ("resolved",)


class Incident(NamedTuple):
    """An issue that somebody acted on. ``sha``: its likely culprit, which ``is_elsewhere`` if it is
    of another repository than the code that failed; ``tried``: a fix was rolled out, and ``ended``
    when the one that held was."""

    issue_id: int
    project_id: int
    service: str
    environment: str
    began: datetime
    sha: str | None
    is_elsewhere: bool
    tried: bool
    ended: datetime | None


def incidents(session: Session, since: datetime) -> list[Incident]:
    """Those that began since then: resolved, their culprit reverted, or a fix rolled out."""
    mended = recoveries(since)
    culprit = likely_culprits(col(IssueRow.first_seen) >= since).subquery()
    elsewhere = culprit.c.repo_id != col(VerdictRow.repo_id)
    wanted = (
        sa.select(
            col(IssueRow.id), col(IssueRow.project_id), col(IssueRow.first_service),
            col(IssueRow.first_environment), col(IssueRow.first_seen), culprit.c.sha,
            sa.func.coalesce(elsewhere, sa.false()), mended.c.issue_id.is_not(None), mended.c.ended,
        )
        .outerjoin(mended, _at_home(mended))
        .outerjoin(culprit, culprit.c.issue_id == col(IssueRow.id))
        .outerjoin(VerdictRow, col(VerdictRow.id) == col(IssueRow.verdict_id))
        .where(col(IssueRow.first_seen) >= since, col(IssueRow.merged_into).is_(None))
        .where(sa.or_(_is_decided(), mended.c.issue_id.is_not(None)))
    )  # fmt: skip
    # As plain rows: what the session does for objects takes a third more.
    return [Incident._make(row) for row in session.connection().execute(wanted)]


def _at_home(mended: sa.Subquery) -> sa.ColumnElement[bool]:
    """Mended where the issue began."""
    return sa.and_(
        mended.c.issue_id == col(IssueRow.id),
        mended.c.environment == col(IssueRow.first_environment),
        mended.c.service == col(IssueRow.first_service),
    )


def _is_decided() -> sa.ColumnElement[bool]:
    """Resolved, or its culprit known by what was done about it."""
    labelled = sa.select(col(LabelRow.issue_id)).where(col(LabelRow.source) != "person")
    return sa.or_(col(IssueRow.status).in_(ACTED_ON), col(IssueRow.id).in_(labelled))
