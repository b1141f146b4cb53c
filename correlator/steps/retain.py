"""Retain: takes away what is past its time, a little at a time, so that intake never waits.

One round goes through the issues in order. It is cut into stretches of ``STRETCH`` seconds; what
is left follows as a step of its own. When stored events are over their budget, another round
with a later cutoff follows, until they fit or only what must stay is left.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
from sqlmodel import Session

from correlator.steps import step
from correlator.store.session import reading, transaction
from correlator.store.upkeep import retention
from correlator.types import Next
from correlator.world import World

log = structlog.get_logger(__name__)

BATCH = 500
ISSUES_AT_ONCE = 100
STRETCH = 20.0
# Rounds for the budget advance by this much at least, so that there are few of them.
STRIDE = timedelta(hours=1)
# A cutoff this near to the latest one allowed is as late as it gets.
NEAR = timedelta(minutes=10)


@step("retain")
def retain(world: World, ids: tuple[int, ...] = ()) -> list[Next]:
    """Without ids: begin a round. With (issue, cutoff in seconds since 1970): go on with one."""
    if ids:
        after, cutoff = ids[0], datetime.fromtimestamp(ids[1], UTC)
    else:
        _forget(world)
        after, cutoff = 0, _first_cutoff(world)
    until, gone = time.monotonic() + STRETCH, 0
    while issues := _issues(world, cutoff, after):
        for issue_id in issues:
            gone += _thin(world, issue_id, cutoff)
        after = issues[-1]
        if time.monotonic() >= until:
            break
    log.info("events retired", events=gone, older_than=cutoff.isoformat())
    return [_go_on(after, cutoff)] if issues else _next_round(world, cutoff)


def _go_on(after: int, cutoff: datetime) -> Next:
    return Next("retain", (after, int(cutoff.timestamp())))


def _issues(world: World, cutoff: datetime, after: int) -> list[int]:
    samples = world.settings.retention_samples
    with reading(world.engine) as session:
        return retention.issues_with_old(session, cutoff, after, samples, ISSUES_AT_ONCE)


def _thin(world: World, issue_id: int, cutoff: datetime) -> int:
    with reading(world.engine) as session:
        ids = retention.removable(session, issue_id, cutoff, world.settings.retention_samples)
    batches = (ids[at : at + BATCH] for at in range(0, len(ids), BATCH))
    return sum(
        _gently(world, partial(retention.remove_events, issue_id=issue_id, ids=batch))
        for batch in batches
    )


def _gently(world: World, remove: Callable[[Session], int]) -> int:
    """One small transaction, and as long a pause: whoever waits for the lock gets it."""
    began = time.monotonic()
    with transaction(world.engine) as session:
        gone = remove(session)
    time.sleep(time.monotonic() - began)
    return gone


def _forget(world: World) -> None:
    settings, now = world.settings, world.now()
    done = now - timedelta(days=settings.inbox_days)
    over = now - timedelta(days=settings.trouble_days)
    for forget, before in (
        (retention.forget_deliveries, done),
        (retention.forget_trouble, over),
    ):
        full = BATCH
        while full == BATCH:
            full = _gently(world, partial(forget, before=before, limit=BATCH))


def _first_cutoff(world: World) -> datetime:
    aged = world.now() - timedelta(days=world.settings.retention_days)
    budget = world.settings.disk_budget
    if not budget:
        return aged
    with reading(world.engine) as session:
        if retention.stored_bytes(session) <= budget:
            return aged
        fits = retention.oldest_within(session, budget)
    latest = world.now() - retention.LEAST_AGE
    return max(aged, min(fits or latest, latest))


def _next_round(world: World, cutoff: datetime) -> list[Next]:
    """A round with a later cutoff if what the last one left is still over the budget."""
    budget, latest = world.settings.disk_budget, world.now() - retention.LEAST_AGE
    if not budget:
        return []
    with reading(world.engine) as session:
        total = retention.stored_bytes(session)
        if total <= budget:
            return []
        if latest - cutoff < NEAR:
            log.warning("events take more than their budget", bytes=total, budget=budget)
            return []
        room = budget - retention.stored_bytes(session, before=cutoff)
        fits = retention.oldest_within(session, room)
    return [_go_on(0, min(max(fits or latest, cutoff + STRIDE), latest))]
