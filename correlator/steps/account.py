"""Account: tells who stands behind the commits that pages show, and what the policy says of them.

Gather (rows), look (git, no transaction open), write (rows). May run as often as it likes: what a
pull request or a review changes is dropped where they are kept, and told anew here.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from correlator.code.mirrors import mirror_directory
from correlator.errors import Permanent
from correlator.gate import Facts
from correlator.gate.standing import Arrival, stand
from correlator.steps import step
from correlator.store import standings
from correlator.store.pull_requests import brought_in_full, pulls_of, reviews_of
from correlator.store.session import reading, transaction
from correlator.store.tables import RepoRow, TroubleRow
from correlator.store.trouble import keep_trouble, resolve_trouble
from correlator.types import Next, PullRequest, Review
from correlator.world import World

AT_ONCE = 500


@step("account")
def account(world: World, ids: tuple[int, ...] = ()) -> list[Next]:
    """Account for the commits of these repositories that wait for it, some hundreds at a time."""
    follow: list[Next] = []
    for repo_id in ids:
        directory = mirror_directory(world.settings.mirrors, repo_id)
        with reading(world.engine) as session:
            repo = session.get(RepoRow, repo_id)
            shas = standings.waiting(session, repo_id, AT_ONCE)
            if repo is None or not shas or not directory.exists():
                continue
            facts, arrivals = _known(session, repo)
        try:
            found = stand(directory, shas, facts, arrivals)
        except Permanent as fault:
            _give_up(world, repo_id, str(fault))
            continue
        with transaction(world.engine) as session:
            resolve_trouble(session, "account", repo_id, world.now())
            for sha in shas:
                # A bare merge, or a commit that is gone, is told too: else it would wait for ever.
                body = found.get(sha, {})
                standings.keep_standing(session, (repo_id, sha), body, world.now())
        follow += [Next("account", (repo_id,))] if len(shas) == AT_ONCE else []
    return follow


def _give_up(world: World, repo_id: int, reason: str) -> None:
    """Say so where somebody looks; until it is resolved the sweep leaves the repository alone."""
    trouble = TroubleRow(step="account", subject_id=repo_id, reason=reason, at=world.now())
    with transaction(world.engine) as session:
        keep_trouble(session, trouble)


def _known(session: Session, repo: RepoRow) -> tuple[Facts, list[Arrival]]:
    projects = standings.projects_of(session, repo.id or 0)
    pulls = [pull for pull in pulls_of(session, projects) if _is_of(pull, repo)]
    where = {(pull.forge, pull.repository, pull.number) for pull in pulls}
    reviews = tuple(
        one
        for one in reviews_of(session, projects)
        if (one.forge, one.repository, one.number) in where
    )
    arrivals = [Arrival(*one) for one in standings.deploys_of(session, projects)]
    in_full = brought_in_full(session, projects)
    brought = {one.number for one in pulls if (one.forge, one.repository, one.number) in in_full}
    return Facts(tuple(pulls), reviews, _reviewed(pulls, reviews) | brought), arrivals


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
