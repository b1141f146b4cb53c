"""The change that is named for issues of a class, with its commit: by the one rule of culprits."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.among import among
from correlator.store.tables import CommitRow, IssueRow, RepoRow, SuspectRow, VerdictRow
from correlator.store.verdicts.culprit import Suspected, suspicions_of


@dataclass(frozen=True, slots=True)
class Named:
    """The change that is named, with its commit and repository, where we have them."""

    sha: str
    commit: CommitRow | None
    repo: str | None


def first_suspects(wanted: Any) -> Any:
    """A statement over issues of which nobody said anything, joined with the first suspect of the
    verdict in force and its commit; issues without one are left away."""
    suspect = sa.and_(col(SuspectRow.verdict_id) == col(VerdictRow.id), col(SuspectRow.place) == 1)
    wanted = wanted.join(
        VerdictRow,
        sa.and_(
            col(VerdictRow.id) == col(IssueRow.verdict_id), col(VerdictRow.abstained).is_(None)
        ),
    )
    return wanted.join(SuspectRow, suspect).outerjoin(CommitRow, _of_commit())


def _of_commit() -> sa.ColumnElement[bool]:
    repo = sa.func.coalesce(col(SuspectRow.repo_id), col(VerdictRow.repo_id))
    return sa.and_(col(CommitRow.repo_id) == repo, col(CommitRow.sha) == col(SuspectRow.sha))


def culprits(session: Session, issues: Sequence[IssueRow]) -> dict[int, Named]:
    """The change that is named, by issue."""
    found = _culprits(session, [one.id or 0 for one in issues])
    if not found:
        return {}
    rows = select(CommitRow).where(among(session, col(CommitRow.sha), _hashes(found.values())))
    commits = {(row.repo_id, row.sha): row for row in session.exec(rows)}
    repos = {
        row.id: row.name for row in session.execute(sa.select(col(RepoRow.id), col(RepoRow.name)))
    }
    return {
        issue: Named(one.sha, commits.get((one.repo_id or 0, one.sha)), repos.get(one.repo_id))
        for issue, one in found.items()
    }


def _culprits(session: Session, issues: Collection[int]) -> dict[int, Suspected]:
    found = suspicions_of(session, among(session, col(IssueRow.id), issues))
    return {issue: one.culprit for issue, one in found.items() if one.culprit is not None}


def _hashes(named: Iterable[Suspected]) -> list[str]:
    return sorted({one.sha for one in named})
