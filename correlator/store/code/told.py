"""All that forges and agents' services told of one repository, whichever project they told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from correlator.store.code.agent_works import works_of
from correlator.store.code.pull_requests import brought_in_full, pulls_of, reviews_of
from correlator.store.code.standings import projects_of
from correlator.store.tables import RepoRow
from correlator.types import AgentWork, PullRequest, Review


@dataclass(frozen=True, slots=True)
class RepositoryTold:
    """Those that changed last first. ``reviewed``: numbers of the pull requests all of whose
    reviews were told, so that none means none."""

    pulls: tuple[PullRequest, ...] = ()
    reviews: tuple[Review, ...] = ()
    reviewed: frozenset[int] = frozenset()
    works: tuple[AgentWork, ...] = ()


def told_of(session: Session, repo: RepoRow, only: Sequence[int] | None = None) -> RepositoryTold:
    """What was told to the projects that a repository belongs to (or ``only`` to some of them),
    and is about it."""
    projects = projects_of(session, repo.id or 0) if only is None else only
    pulls = tuple(pull for pull in pulls_of(session, projects) if _is_of(pull, repo))
    where = {(pull.forge, pull.repository, pull.number) for pull in pulls}
    reviews = tuple(
        one
        for one in reviews_of(session, projects)
        if (one.forge, one.repository, one.number) in where
    )
    in_full = brought_in_full(session, projects)
    brought = {one.number for one in pulls if (one.forge, one.repository, one.number) in in_full}
    reviewed = _reviewed(pulls, reviews) | brought
    return RepositoryTold(pulls, reviews, reviewed, works_of(session, projects))


def _reviewed(pulls: Sequence[PullRequest], reviews: Sequence[Review]) -> frozenset[int]:
    """Pull requests all of whose reviews we must have been told: opened after the repository's
    hook had brought a review. Of others some may have been given before there was a hook."""
    first: dict[tuple[str, str], datetime] = {}
    for one in reviews:
        key = (one.forge, one.repository)
        first[key] = min(first.get(key, one.said_at), one.said_at)
    return frozenset(
        pull.number
        for pull in pulls
        if pull.created_at is not None
        and (since := first.get((pull.forge, pull.repository))) is not None
        and pull.created_at >= since
    )


def _is_of(pull: PullRequest, repo: RepoRow) -> bool:
    """Whether the pull request is of this repository: its address ends in the full name."""
    address = repo.url.casefold().rstrip("/").removesuffix(".git")
    name = pull.repository.casefold()
    return address.endswith((f"/{name}", f":{name}")) or repo.name.casefold() == name
