"""Broken: tells which deploy broke what, as rows that delivery is measured from; every minute.

Nothing is done while nothing moved. What no mark shows (rows put right by hand) shows in an hour.
"""

from datetime import timedelta

from correlator.steps import step
from correlator.store.deploys import delivered
from correlator.store.deploys.broken import broken
from correlator.store.session import reading, transaction
from correlator.types import Next
from correlator.world import World

# Older deploys stay as they were told last: delivery is measured over a year at most.
LONGEST = timedelta(days=366)
ANYWAY = timedelta(hours=1)


@step("broken")
def tell_broken(world: World, _ids: tuple[int, ...] = ()) -> list[Next]:
    """Tell anew what moved."""
    now = world.now()
    with reading(world.engine) as session:
        mark, last = delivered.mark(session), delivered.told_last(session)
        if last is not None and last.mark == mark and now - last.as_of < ANYWAY:
            return []
        since = now - LONGEST
        told = delivered.tell(session, broken(session, since), since)
    with transaction(world.engine) as session:
        delivered.keep(session, told)
        delivered.keep_mark(session, mark, now)
    return []
