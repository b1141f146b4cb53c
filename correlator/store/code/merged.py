"""Pull requests as far as it takes to say by which one a commit came: number, title, address."""

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.tables import PullRequestRow, RepoRow
from correlator.types import PullRequest

MOST = 3000


def pulls_of_repo(session: Session, project_id: int, repo: RepoRow) -> tuple[PullRequest, ...]:
    """The project's pull requests of one repository, those that changed last first; without the
    people in them, who are no part of the question."""
    row = PullRequestRow
    wanted = (
        sa.select(
            *(col(row.forge), col(row.repository), col(row.number), col(row.updated_at)),
            *(col(row.state), col(row.title), col(row.url), col(row.merge_commits)),
        )
        .where(col(row.project_id) == project_id)
        .order_by(col(row.updated_at).desc())
        .limit(MOST)
    )
    return tuple(
        PullRequest(
            forge=forge,
            repository=repository,
            number=number,
            updated_at=at,
            state=state,
            title=title,
            url=url,
            merge_commits=tuple(commits or ()),
        )
        for forge, repository, number, at, state, title, url, commits in session.execute(wanted)
        if _is_of(repository, repo)
    )


def _is_of(repository: str, repo: RepoRow) -> bool:
    address = repo.url.casefold().rstrip("/").removesuffix(".git")
    name = repository.casefold()
    return address.endswith((f"/{name}", f":{name}")) or repo.name.casefold() == name
