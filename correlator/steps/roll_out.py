"""Roll-out: tells what deploys were: what each brought and took away against the one before it.

Gather (rows), look (git, no transaction open), write (rows). What a mirror cannot tell yet is
tried again once it may know more.
"""

from datetime import datetime
from pathlib import Path

from correlator.code.carried import between, count_between, count_lost
from correlator.code.git import Incomplete, TooSlow
from correlator.code.lookups import GitLookup
from correlator.code.mirrors import mirror_directory
from correlator.code.releases import resolve
from correlator.code.repo import Repo
from correlator.delivery import DeployKind, kind_of
from correlator.errors import Permanent
from correlator.steps import step
from correlator.store.deploys import rollouts
from correlator.store.deploys.rollouts import Arrived, Case, Found
from correlator.store.session import reading, transaction
from correlator.store.tables import DeployRow
from correlator.types import Next
from correlator.world import World

# Of what came and of what went; counts are of all.
MOST_KEPT = 1000
# Where more than so many lie between two revisions their patches are not compared.
MOST_READ = 500


@step("roll_out")
def roll_out(world: World, ids: tuple[int, ...] = ()) -> list[Next]:
    """Look at these deploys, or (``ids`` empty) at those that wait for it."""
    if not ids:
        with reading(world.engine) as session:
            ids = tuple(rollouts.due(session, world.now()))
    with reading(world.engine) as session:
        cases = [case for one in ids if (case := rollouts.case_of(session, one)) is not None]
    # Oldest first: what a deploy brought first depends on those before it.
    for case in sorted(cases, key=lambda case: (case.deploy.at, case.deploy.id)):
        found = _look(world, case)
        with transaction(world.engine) as session:
            rollouts.keep_found(session, case, found, world.now())
    return []


def _look(world: World, case: Case) -> Found:
    for repo_id, root in case.repos:
        directory = mirror_directory(world.settings.mirrors, repo_id)
        if not directory.exists():
            continue
        try:
            found = _look_in(world, directory, case, (repo_id, root))
        except Permanent as fault:
            return _unknown(f"The repository could not be read: {fault}")
        if found is not None:
            return found
    if not case.repos:
        return _unknown("No repository is linked to the project: correlator repo add.")
    return _unknown(
        f"No mirror of the project's repositories has a commit for {case.deploy.release!r} yet."
    )


def _look_in(world: World, directory: Path, case: Case, place: tuple[int, str]) -> Found | None:
    revision = _revision(world, directory, case.deploy, case)
    if revision is None:
        return None
    if case.previous is None:
        because = "It is the first that is known of this service there."
        return Found(
            kind=DeployKind.FIRST,
            because=because,
            repo_id=place[0],
            revision=revision,
            is_final=True,
        )
    before = _revision(world, directory, case.previous, case)
    if before is None:
        said = f"No commit is known for {case.previous.release!r}, which was there before it."
        return Found(kind=DeployKind.UNKNOWN, because=said, repo_id=place[0], revision=revision)
    return _compared(world, directory, case, place, before, revision)


def _compared(
    world: World, directory: Path, case: Case, place: tuple[int, str], before: str, revision: str
) -> Found:
    brought = between(directory, before, revision, MOST_KEPT)
    taken = between(directory, revision, before, MOST_KEPT)
    under = [place[1]] if place[1] else []
    own = {sha for sha, _ in between(directory, before, revision, MOST_KEPT, under=under)}
    counts = (
        _count(directory, before, revision, brought),
        _count(directory, revision, before, taken),
    )
    with reading(world.engine) as session:
        again = rollouts.was_deployed(session, case.deploy, revision)
    lost = _lost(directory, (before, revision), counts)
    kind, because = kind_of(brought=counts[0], taken=counts[1], lost=lost, was_deployed=again)
    return Found(
        kind=kind,
        because=because,
        repo_id=place[0],
        revision=revision,
        brought=counts[0],
        taken=counts[1],
        own=len(own) if under else None,
        is_final=True,
        arrived=(
            *(Arrived(sha=sha, committed_at=at, is_own=sha in own) for sha, at in brought),
            *(Arrived(sha=sha, committed_at=at, is_taken=True) for sha, at in taken),
        ),
    )


def _lost(directory: Path, ends: tuple[str, str], counts: tuple[int, int]) -> int:
    """Of what was taken away, what is not there as another commit either, as far as that can be
    read."""
    if not min(counts) or max(counts) > MOST_READ:
        return counts[1]
    try:
        return count_lost(directory, ends[1], ends[0])
    except (Incomplete, TooSlow):
        return counts[1]


def _count(directory: Path, without: str, revision: str, seen: list[tuple[str, datetime]]) -> int:
    return len(seen) if len(seen) < MOST_KEPT else count_between(directory, without, revision)


def _revision(world: World, directory: Path, deploy: DeployRow, case: Case) -> str | None:
    """The commit of a deploy, if it is here; what its own marker said goes first."""
    said = {**case.markers, **({deploy.release: deploy.revision} if deploy.revision else {})}
    lookup = GitLookup(directory, world.settings.git_timeout)
    known = resolve(deploy.release, markers=said, lookup=lookup)
    return known.sha if known and Repo(directory).has(known.sha) else None


def _unknown(because: str) -> Found:
    return Found(kind=DeployKind.UNKNOWN, because=because)
