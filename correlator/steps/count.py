"""Count: how many issues, verdicts and bytes of events there are, for ``/metrics``."""

import time

from correlator.steps import step
from correlator.store.session import reading, transaction
from correlator.store.upkeep import counts
from correlator.types import Next
from correlator.world import World


@step("count")
def count(world: World, _ids: tuple[int, ...] = ()) -> list[Next]:
    """Count anew, if it is time; what is kept says of which moment it is."""
    now = world.now()
    with reading(world.engine) as session:
        if not counts.is_due(session, now):
            return []
        began = time.monotonic()
        found = counts.count(session)
        took = time.monotonic() - began
    with transaction(world.engine) as session:
        counts.keep(session, found, now, took)
    return []
