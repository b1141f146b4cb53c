"""Which changes may have caused which issues: verdicts in force, as people have corrected them."""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.among import among
from correlator.store.tables import CommitRow, IssueRow, RepoRow
from correlator.store.verdicts.culprit import Suspected, Suspicions, suspicions_of
from correlator.types import WeekSuspect

Commits = dict[tuple[int, str], Any]


def suspects_of(session: Session, issues: Sequence[IssueRow]) -> dict[int, list[WeekSuspect]]:
    """Suspects by issue, surest first; those that somebody ruled out are left away.

    Where somebody confirmed one, it is the only one, and certain.
    """
    which = among(session, col(IssueRow.id), [issue.id or 0 for issue in issues])
    named = {issue: _named(one) for issue, one in suspicions_of(session, which).items()}
    commits = _commits(session, (one for some in named.values() for one in some))
    repos = {
        row.id: row.name for row in session.execute(sa.select(col(RepoRow.id), col(RepoRow.name)))
    }
    return {
        issue: [_told(one, repos, commits) for one in some if one.repo_id in repos]
        for issue, some in named.items()
        if some
    }


def _named(found: Suspicions) -> tuple[Suspected, ...]:
    """None where the verdict names nobody, and no person does."""
    return found.likely if found.culprit is not None else ()


def _commits(session: Session, named: Iterable[Suspected]) -> Commits:
    """Columns only: evidence, claims and the like are large, and nobody asks for them here."""
    columns = (
        col(CommitRow.repo_id),
        col(CommitRow.sha),
        col(CommitRow.message),
        col(CommitRow.author),
    )
    hashes = sorted({one.sha for one in named})
    if not hashes:
        return {}
    which = among(session, col(CommitRow.sha), hashes)
    return {
        (row.repo_id, row.sha): row for row in session.execute(sa.select(*columns).where(which))
    }


def _told(one: Suspected, repos: dict[Any, str], commits: Commits) -> WeekSuspect:
    commit = commits.get((one.repo_id or 0, one.sha))
    return WeekSuspect(
        repo=repos[one.repo_id],
        sha=one.sha,
        subject=(commit.message if commit else "").strip().split("\n")[0][:120],
        author=(commit.author if commit else None) or "unknown",
        probability=one.probability,
        confirmed=one.is_confirmed,
    )
