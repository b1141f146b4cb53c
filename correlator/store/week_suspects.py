"""Which changes may have caused which issues: verdicts in force, as people have corrected them."""

from collections import defaultdict
from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.issue_list import CONFIRMED, REJECTED, judgements
from correlator.store.tables import CommitRow, IssueRow, RepoRow, SuspectRow, VerdictRow
from correlator.types import WeekSuspect


def suspects_of(session: Session, issues: Sequence[IssueRow]) -> dict[int, list[WeekSuspect]]:
    """Suspects by issue, surest first; those that somebody ruled out are left away.

    Where somebody confirmed one, it is the only one, and certain.
    """
    ids = [issue.id for issue in issues]
    said = judgements(session, ids)
    found: defaultdict[int, list[WeekSuspect]] = defaultdict(list)
    for issue_id, suspect, repo, commit in session.execute(_named(ids)):
        word = said[issue_id].get(suspect.sha)
        if word is None or word.said != REJECTED:
            confirmed = word is not None and word.said == CONFIRMED
            found[issue_id].append(_told(suspect, repo, commit, confirmed=confirmed))
    return {issue_id: _certain(rows) for issue_id, rows in found.items()}


def _named(ids: Sequence[int | None]) -> "sa.Select[int | None, SuspectRow, str, CommitRow]":
    repo = sa.func.coalesce(col(SuspectRow.repo_id), col(VerdictRow.repo_id))
    return (
        sa.select(col(IssueRow.id), SuspectRow, col(RepoRow.name), CommitRow)
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


def _told(
    suspect: SuspectRow, repo: str, commit: CommitRow | None, *, confirmed: bool
) -> WeekSuspect:
    return WeekSuspect(
        repo=repo,
        sha=suspect.sha,
        subject=commit.message.strip().split("\n")[0][:120] if commit else "",
        author=commit.author if commit else "unknown",
        probability=1.0 if confirmed else suspect.probability,
        confirmed=confirmed,
    )


def _certain(rows: list[WeekSuspect]) -> list[WeekSuspect]:
    return [row for row in rows if row.confirmed][:1] or rows
