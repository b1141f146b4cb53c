"""Broken: tells which deploy broke what, as rows that delivery is measured from; every minute, or
as seldom as keeps it cheap.

Nothing is done while nothing moves. What no mark shows (rows put right by hand) shows in an hour.
"""

import time
from datetime import datetime, timedelta

from sqlmodel import Session

from correlator.rest import has_rested
from correlator.steps import step
from correlator.store.deploys import delivered
from correlator.store.deploys.broken import broken
from correlator.store.session import reading, transaction
from correlator.types import Next
from correlator.world import World

# Older deploys stay as they were told last: delivery is measured over a year at most.
LONGEST = timedelta(days=366)
OFTEN, ANYWAY = timedelta(minutes=1), timedelta(hours=1)


@step("broken")
def tell_broken(world: World, _ids: tuple[int, ...] = ()) -> list[Next]:
    """Tell anew what moved."""
    now, began, since = world.now(), time.monotonic(), world.now() - LONGEST
    with reading(world.engine) as session:
        mark = _moved(session, now)
        if mark is None:
            return []
        told = delivered.tell(session, broken(session, since), since)
    took = time.monotonic() - began
    with transaction(world.engine) as session:
        delivered.keep(session, told)
        delivered.keep_mark(session, mark, now, took)
    return []


def _moved(session: Session, now: datetime) -> str | None:
    """What it would be told from, if anything moved and it is time."""
    last = delivered.told_last(session)
    if last and not has_rested(now, last.as_of, last.seconds, often=OFTEN, seldom=ANYWAY):
        return None
    mark = delivered.mark(session)
    is_told = last is not None and last.mark == mark and now - last.as_of < ANYWAY
    return None if is_told else mark
