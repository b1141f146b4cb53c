"""Issues that somebody had to act on: where and when each began, and its culprit."""

from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.cycles.mendings import UNTRIED, failures, mendings, was_ended
from correlator.store.tables import FixAttemptRow, IssueRow, VerdictRow
from correlator.store.verdicts.culprit import likely_culprits


class Incident(NamedTuple):
    """An issue that somebody acted on. ``sha``: its likely culprit, which ``is_elsewhere`` if it is
    of another repository than the code that failed; ``tried``: a fix was rolled out, and ``ended``
    when the one that held was, once it was over."""

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
    """Those that began since then."""
    mended = mendings(session, since)
    found = []
    for row in session.connection().execute(_wanted(since)):
        tried = mended.get(row.id, UNTRIED)
        if row.was_ended or tried.is_sure:
            found.append(Incident._make((*row[:7], tried.is_sure, tried.ended)))
    return found


def _wanted(since: datetime) -> sa.Select[*tuple[Any, ...]]:
    """Issues that may be incidents, with their likely culprits."""
    culprit = likely_culprits(failures(since)).subquery()
    tried = sa.select(col(FixAttemptRow.issue_id)).where(col(FixAttemptRow.at) >= since)
    columns: list[Any] = [
        col(IssueRow.id), col(IssueRow.project_id), col(IssueRow.first_service),
        col(IssueRow.first_environment), col(IssueRow.first_seen), culprit.c.sha,
        sa.func.coalesce(culprit.c.repo_id != col(VerdictRow.repo_id), sa.false()),
        was_ended().label("was_ended"),
    ]  # fmt: skip
    return (
        sa.select(*columns)
        .outerjoin(culprit, culprit.c.issue_id == col(IssueRow.id))
        .outerjoin(VerdictRow, col(VerdictRow.id) == col(IssueRow.verdict_id))
        .where(failures(since), sa.or_(was_ended(), col(IssueRow.id).in_(tried)))
    )
