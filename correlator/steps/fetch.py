"""Fetch: brings mirrors up to date, and gives issues that waited for code another look.

The row's lease says that somebody is at it; the mirror's own lock is what makes it true, so the
lease may be short however long a clone takes.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from correlator.code.addresses import check_address
from correlator.code.credentials import access_to
from correlator.code.locks import Busy
from correlator.code.mirrors import Mirrored, MirrorState, mirror, mirror_directory
from correlator.code.patch_upkeep import keep_newest
from correlator.code.readiness import is_ready
from correlator.errors import CorrelatorError
from correlator.steps import step
from correlator.store.code import repos, standings, survey_turns
from correlator.store.deploys import rollouts
from correlator.store.session import transaction
from correlator.store.tables import RepoRow
from correlator.types import Next
from correlator.world import World

log = structlog.get_logger(__name__)

# Many may ask for the same repository at once; one answer, so young, is good for all.
FRESH_SECONDS = 3.0

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of fetching a repository: what is wrong with it, and what follows."""

    repo: str
    problem: str | None
    notes: tuple[str, ...] = ()
    follow: tuple[Next, ...] = ()


@step("fetch")
def fetch(world: World, ids: tuple[int, ...] = ()) -> list[Next]:
    """Fetch these repositories, or (``ids`` empty) every one that is due, one after the other.

    What fails is recorded on its row with the reason, and tried again an interval later.
    """
    age = FRESH_SECONDS if ids else world.settings.fetch_interval
    stale = world.now() - timedelta(seconds=age)
    follow: list[Next] = []
    while (repo := _lease(world, ids, stale)) is not None:
        try:
            outcome = _fetch(world, repo, None)
        except Busy:
            continue  # somebody is at it; our claim keeps others from asking for a while
        _tell(outcome)
        follow += outcome.follow
    return list(dict.fromkeys(follow))


def fetch_now(world: World, repo_id: int, progress: Progress | None = None) -> Outcome | None:
    """Fetch one repository at once, whoever holds it and whenever it is due: somebody waits.

    ``progress`` is told what git says. None if there is no such repository (any more); Busy if
    it is being fetched already.
    """
    with transaction(world.engine) as session:
        repo = repos.lease_now(session, repo_id, world.now(), world.settings.lease_seconds)
    return None if repo is None else _fetch(world, repo, progress)


def _lease(world: World, ids: tuple[int, ...], stale: datetime) -> RepoRow | None:
    with transaction(world.engine) as session:
        return repos.lease_due(session, ids, world.now(), stale, world.settings.lease_seconds)


def _fetch(world: World, repo: RepoRow, progress: Progress | None) -> Outcome:
    assert repo.id is not None
    try:
        mirrored = _mirror(world, repo, repo.id, progress)
    except Busy:
        raise
    except CorrelatorError as fault:
        _keep_failure(world, repo.id, str(fault))
        return Outcome(repo=repo.name, problem=str(fault))
    return Outcome(
        repo=repo.name,
        problem=mirrored.problem,
        notes=mirrored.notes,
        follow=tuple(_keep(world, repo, repo.id, mirrored)),
    )


def _tell(outcome: Outcome) -> None:
    if outcome.problem is not None:
        log.warning("fetch-problem", repo=outcome.repo, problem=outcome.problem)
    for note in outcome.notes:
        log.warning("upkeep-failed", repo=outcome.repo, note=note)


def _mirror(world: World, repo: RepoRow, repo_id: int, progress: Progress | None) -> Mirrored:
    settings = world.settings
    address = check_address(repo.url, settings.allowed_repository_paths)
    directory = mirror_directory(settings.mirrors, repo_id)
    mirrored = mirror(
        directory,
        address,
        access_to(address, settings.data_dir, repo.credential),
        settings.fetch_timeout,
        progress,
    )
    if not mirrored.changed:
        return mirrored
    try:
        keep_newest(directory, settings.git_timeout)
    except CorrelatorError as fault:
        return replace(mirrored, notes=(*mirrored.notes, f"patches are not ready: {fault}"))
    return mirrored


def _keep(world: World, repo: RepoRow, repo_id: int, mirrored: Mirrored) -> list[Next]:
    fetched = repos.Fetched(
        state=mirrored.state, default_branch=mirrored.default_branch, problem=mirrored.problem
    )
    has_news = mirrored.changed or repo.fetched_at is None
    deploys: list[int] = []
    with transaction(world.engine) as session:
        repos.record_fetch(session, repo_id, fetched, world.now())
        if has_news:
            repos.wake_waiting(session, repo_id)
            survey_turns.mark_due(session, [repo_id])
            deploys = rollouts.waiting_of(session, standings.projects_of(session, repo_id))
    mine = (repo_id,)
    news = [Next("investigate"), Next("survey", mine), Next("mended", mine)]
    follow = news if has_news else []
    directory = mirror_directory(world.settings.mirrors, repo_id)
    if not is_ready(directory, world.settings.git_timeout):
        follow = [*follow, Next("prepare", mine)]
    return follow + ([Next("roll_out", tuple(deploys))] if deploys else [])


def _keep_failure(world: World, repo_id: int, problem: str) -> None:
    usable = mirror_directory(world.settings.mirrors, repo_id).exists()
    state = MirrorState.STALE if usable else MirrorState.UNAVAILABLE
    fetched = repos.Fetched(state=state, default_branch=None, problem=problem)
    again_at = world.now() + timedelta(seconds=world.settings.fetch_interval)
    with transaction(world.engine) as session:
        repos.record_failure(session, repo_id, fetched, again_at)
