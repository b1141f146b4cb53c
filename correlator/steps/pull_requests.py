"""Pull requests: asks a repository's forge for what changed, in the background and by command.

Oldest change first, each pull request kept before the next is asked for, and how far that came
noted with it: whatever stops it (a rate limit, a restart), it goes on from there. It brings the
same facts as the hooks; which of them is newer is the forge's word.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from correlator.backfill import Forge, Told, asking, changed, told
from correlator.code.credentials import token_in
from correlator.errors import CorrelatorError, Permanent, Transient
from correlator.http import NotThere, Outward, Throttled
from correlator.steps import step
from correlator.store.code import forges
from correlator.store.code.pull_requests import keep_pull_request, keep_review, told_in_full
from correlator.store.code.standings import forget_standings
from correlator.store.session import reading, transaction
from correlator.store.tables import ForgeRow, RepoRow, TroubleRow
from correlator.store.upkeep.trouble import keep_trouble, resolve_trouble
from correlator.types import Next
from correlator.world import World

AT_ONCE = 500
SOON = 300.0
LATER = 6 * 3600.0
Hear = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Brought:
    """How many were asked for, and whether any are left."""

    asked: int
    left: int


@step("pull_requests")
def pull_requests(world: World, ids: tuple[int, ...] = ()) -> list[Next]:
    """Bring what changed on the forges of these repositories, some hundreds at a time."""
    follow: list[Next] = []
    for repo_id in ids:
        with transaction(world.engine) as session:
            seconds = world.settings.lease_seconds
            row = forges.lease(session, repo_id, world.now(), seconds, whoever_holds_it=False)
        if row is None:
            continue
        # What is wrong is noted where the sweep looks: it says when to try again.
        with suppress(CorrelatorError):
            brought = bring(world, row, most=AT_ONCE)
            follow += [Next("pull_requests", (repo_id,))] if brought.left else []
            follow += [Next("account", (repo_id,))] if brought.asked else []
    return follow


def bring_now(world: World, repo_id: int, hear: Hear) -> Brought:
    """Bring all that changed, whoever else is at it: a person asks for it."""
    with transaction(world.engine) as session:
        seconds = world.settings.lease_seconds
        row = forges.lease(session, repo_id, world.now(), seconds, whoever_holds_it=True)
    if row is None:
        raise Permanent("Nobody said where this repository's pull requests are.")
    return bring(world, row, most=None, hear=hear)


def bring(world: World, row: ForgeRow, *, most: int | None, hear: Hear | None = None) -> Brought:
    """Bring up to ``most``; raises what stopped it, once that is noted."""
    try:
        with _asking(world, row) as ask:
            return _bring(world, row, ask, (most, hear))
    except Throttled as fault:
        _note(world, row, str(fault), fault.seconds)
        raise
    except Transient as fault:
        _note(world, row, str(fault), SOON)
        raise
    except Permanent as fault:
        _note(world, row, str(fault), LATER)
        trouble = TroubleRow(
            step="pull_requests", subject_id=row.repo_id, reason=str(fault), at=world.now()
        )
        with transaction(world.engine) as session:
            keep_trouble(session, trouble)
        raise


def _asking(world: World, row: ForgeRow) -> Outward:
    with reading(world.engine) as session:
        repo = session.get(RepoRow, row.repo_id)
    # A token that may read the code may often read pull requests, too.
    credential = row.credential or (repo.credential if repo else None)
    token = token_in(world.settings.data_dir, credential) if credential else None
    return asking(_forge(row), token, world.settings.private_hosts, world.now)


def _bring(
    world: World, row: ForgeRow, ask: Outward, how: tuple[int | None, Hear | None]
) -> Brought:
    most, hear = how
    found = changed(ask, _forge(row), row.reached, row.etag)
    numbers = _unknown(world, row, found.numbers) if found else []
    for done, (at, number) in enumerate(numbers[:most]):
        try:
            one = told(ask, _forge(row), number)
        except NotThere:
            one = None  # taken away since it was listed
        _keep(world, row, one, at)
        if hear:
            hear(done + 1, len(numbers))
    left = max(0, len(numbers) - most) if most is not None else 0
    with transaction(world.engine) as session:
        etag = found.etag if found and not left else None
        forges.ended(session, row.id or 0, world.now(), etag=etag)
        resolve_trouble(session, "pull_requests", row.repo_id, world.now())
    return Brought(len(numbers) - left, left)


def _unknown(
    world: World, row: ForgeRow, numbers: tuple[tuple[datetime, int], ...]
) -> list[tuple[datetime, int]]:
    """Without those that were brought just as they are now."""
    with reading(world.engine) as session:
        project = _project(session, row)
        known: dict[int, datetime] = {}
        for at in range(0, len(numbers), AT_ONCE):
            some = [number for _, number in numbers[at : at + AT_ONCE]]
            known |= forges.brought_already(session, project, row, some)
    return [(at, number) for at, number in numbers if known.get(number) != at]


def _keep(world: World, row: ForgeRow, one: Told | None, at: datetime) -> None:
    until = world.now() + timedelta(seconds=world.settings.lease_seconds)
    with transaction(world.engine) as session:
        project = _project(session, row)
        if one is not None:
            keep_pull_request(session, project, one.pull)
            for review in one.reviews:
                keep_review(session, project, review)
            told_in_full(session, project, one.pull)
            forget_standings(session, project, one.pull)
        forges.went_on(session, row.id or 0, at, until)


def _project(session: Session, row: ForgeRow) -> int:
    project = forges.project_for(session, row.repo_id)
    if project is None:
        raise Permanent(
            "The repository belongs to no project: correlator repo link NAME PROJECT, then again."
        )
    return project


def _note(world: World, row: ForgeRow, problem: str, wait: float) -> None:
    with transaction(world.engine) as session:
        forges.ended(session, row.id or 0, world.now(), problem=problem, wait=wait)


def _forge(row: ForgeRow) -> Forge:
    return Forge(row.kind, row.api, row.repository)
