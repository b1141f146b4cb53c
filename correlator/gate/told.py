"""What forges told of one repository: its own pull requests, and of which we know all reviews."""

from collections.abc import Collection, Sequence
from datetime import datetime

from correlator.gate.assembling import Facts
from correlator.types import PullRequest, Review


def facts_of(
    names: tuple[str, str],
    pulls: Sequence[PullRequest],
    reviews: Sequence[Review],
    in_full: Collection[tuple[str, str, int]],
) -> Facts:
    """The facts of the repository of this name and address, out of all that a project was told.

    ``in_full``: forge, repository and number of pull requests that somebody brought with all
    their reviews.
    """
    mine = tuple(pull for pull in pulls if _is_of(pull, *names))
    where = {(pull.forge, pull.repository, pull.number) for pull in mine}
    theirs = tuple(one for one in reviews if (one.forge, one.repository, one.number) in where)
    brought = {one.number for one in mine if (one.forge, one.repository, one.number) in in_full}
    return Facts(mine, theirs, _reviewed(mine, theirs) | brought)


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


def _is_of(pull: PullRequest, name: str, address: str) -> bool:
    """Whether the pull request is of this repository: its address ends in the full name."""
    address = address.casefold().rstrip("/").removesuffix(".git")
    full = pull.repository.casefold()
    return address.endswith((f"/{full}", f":{full}")) or name.casefold() == full
