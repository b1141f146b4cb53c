"""Prepare: makes a mirror ready for the next issue's verdict, while nobody waits for one.

It asks git beforehand what a verdict will ask: the blame of files that traces went through or that
just changed, and the patches of older commits. A wake-up that is lost costs only the head start:
the next fetch sees that it is not ready.
"""

import time
from pathlib import Path

from correlator.code.locks import Busy, only_one
from correlator.code.mirrors import mirror_directory
from correlator.code.news import branch_head
from correlator.code.patch_upkeep import keep_older, patches_beside
from correlator.code.readiness import got_no_further, note_ready
from correlator.code.repo import Repo
from correlator.errors import Permanent
from correlator.investigation.ahead import blame_ahead
from correlator.steps import step
from correlator.store.code.blames import KeptBlames
from correlator.store.session import transaction
from correlator.store.tables import RepoRow, TroubleRow
from correlator.store.upkeep.trouble import keep_trouble, resolve_trouble
from correlator.types import Next
from correlator.world import World

# For blames, and for patches; then others get their turn. Each has its own: files that cannot be
# blamed in time are tried in each slice, and must not keep patches from being made.
SLICE_SECONDS = 20.0
# Files of earlier blames that are blamed again where they changed.
FILES = 200


@step("prepare")
def prepare(world: World, ids: tuple[int, ...] = ()) -> list[Next]:
    """Make these repositories ready, a slice of each."""
    return [follow for repo_id in ids for follow in _prepare(world, repo_id)]


def _prepare(world: World, repo_id: int) -> list[Next]:
    path = mirror_directory(world.settings.mirrors, repo_id)
    if not path.exists():
        return []
    try:
        with only_one(patches_beside(path)):
            is_done = _slice(world, repo_id, path)
    except Busy:
        return []  # What is left by whoever is at it follows from there.
    except Permanent as fault:
        _tell(world, repo_id, str(fault))
        return []
    with transaction(world.engine) as session:
        resolve_trouble(session, "prepare", repo_id, world.now())
    return [] if is_done else [Next("prepare", (repo_id,))]


def _slice(world: World, repo_id: int, path: Path) -> bool:
    """Do as much as fits; whether that was all, or no slice can get further."""
    timeout = world.settings.git_timeout
    kept = KeptBlames(world.engine, repo_id)
    repo = Repo(path, timeout=timeout, blames=kept, patches=patches_beside(path))
    head = branch_head(path, timeout)
    if head is None:
        return keep_older(path, timeout, time.monotonic() + SLICE_SECONDS)
    ahead = blame_ahead(repo, head, kept.latest(FILES), time.monotonic() + SLICE_SECONDS)
    is_done = keep_older(path, timeout, time.monotonic() + SLICE_SECONDS)
    if ahead.left and not got_no_further(path, head, ahead.done):
        return False
    if is_done:
        note_ready(path, head)
    return is_done


def _tell(world: World, repo_id: int, reason: str) -> None:
    trouble = TroubleRow(step="prepare", subject_id=repo_id, reason=reason, at=world.now())
    with transaction(world.engine) as session:
        if session.get(RepoRow, repo_id) is not None:
            keep_trouble(session, trouble)
