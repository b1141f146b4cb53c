"""Which changes may have caused which issues: verdicts in force, as people have corrected them."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.issues.listing import CONFIRMED, REJECTED, judgements
from correlator.store.tables import CommitRow, IssueRow, RepoRow, SuspectRow, VerdictRow
from correlator.types import WeekSuspect


def suspects_of(session: Session, issues: Sequence[IssueRow]) -> dict[int, list[WeekSuspect]]:
    """Suspects by issue, surest first; those that somebody ruled out are left away.

    Where somebody confirmed one, it is the only one, and certain.
    """
    ids = [issue.id for issue in issues]
    said = judgements(session, ids)
    found: defaultdict[int, list[WeekSuspect]] = defaultdict(list)
    for row in session.execute(_named(ids)):
        word = said[row.issue].get(row.sha)
        if word is None or word.said != REJECTED:
            confirmed = word is not None and word.said == CONFIRMED
            found[row.issue].append(_told(row, confirmed=confirmed))
    return {issue_id: _certain(rows) for issue_id, rows in found.items()}


def _named(ids: Sequence[int | None]) -> Any:
    """Columns only: evidence, claims and the like are large, and nobody asks for them here."""
    repo = sa.func.coalesce(col(SuspectRow.repo_id), col(VerdictRow.repo_id))
    return (
        sa.select(
            col(IssueRow.id).label("issue"),
            col(SuspectRow.sha),
            col(SuspectRow.probability),
            col(RepoRow.name).label("repo"),
            col(CommitRow.message),
            col(CommitRow.author),
        )
        .join(VerdictRow, col(VerdictRow.id) == col(IssueRow.verdict_id))
        .join(SuspectRow, col(SuspectRow.verdict_id) == col(VerdictRow.id))
        .join(RepoRow, col(RepoRow.id) == repo)
        .outerjoin(
            CommitRow,
            sa.and_(
                col(CommitRow.repo_id) == col(RepoRow.id),
                col(CommitRow.sha) == col(SuspectRow.sha),
            ),
        )
        .where(col(IssueRow.id).in_(ids), col(VerdictRow.abstained).is_(None))
        .order_by(col(IssueRow.id), col(SuspectRow.place))
    )


def _told(row: Any, *, confirmed: bool) -> WeekSuspect:
    return WeekSuspect(
        repo=row.repo,
        sha=row.sha,
        subject=(row.message or "").strip().split("\n")[0][:120],
        author=row.author or "unknown",
        probability=1.0 if confirmed else row.probability,
        confirmed=confirmed,
    )


def _certain(rows: list[WeekSuspect]) -> list[WeekSuspect]:
    return [row for row in rows if row.confirmed][:1] or rows
