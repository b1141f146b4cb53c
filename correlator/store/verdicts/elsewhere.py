"""Suspects that lie in another repository than their verdict's: their commits, and its name."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from correlator.store.tables import CommitRow, RepoRow, SuspectRow


def commits_elsewhere(session: Session, suspects: Sequence[SuspectRow]) -> dict[str, CommitRow]:
    """The commits of suspects that lie in another repository than their verdict's."""
    foreign = {row.sha: row.repo_id for row in suspects if row.repo_id is not None}
    if not foreign:
        return {}
    wanted = select(CommitRow).where(
        col(CommitRow.repo_id).in_(set(foreign.values())), col(CommitRow.sha).in_(foreign)
    )
    return {row.sha: row for row in session.exec(wanted) if foreign[row.sha] == row.repo_id}


def repo_names(session: Session, suspects: Sequence[SuspectRow]) -> dict[int | None, str | None]:
    """Names of the other repositories that suspects lie in, by id."""
    ids = {row.repo_id for row in suspects if row.repo_id is not None}
    if not ids:
        return {}
    wanted = select(RepoRow).where(col(RepoRow.id).in_(ids))
    return {row.id: row.name for row in session.exec(wanted)}
