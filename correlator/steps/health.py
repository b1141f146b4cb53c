"""Health: judges young deploys by what has failed since, against the version before; every minute.

A verdict is given once. One that cannot be given in the first day is not given any more.
"""

from correlator.health import BEFORE, FIRST_DAY, fare
from correlator.statistics import Health
from correlator.steps import step
from correlator.store.deploys import health as kept
from correlator.store.session import reading, transaction
from correlator.store.tables import DeployRow
from correlator.types import Next
from correlator.world import World


@step("health")
def health(world: World, ids: tuple[int, ...] = ()) -> list[Next]:
    """Judge these deploys, or (``ids`` empty) all young ones that have no verdict yet."""
    now = world.now()
    with reading(world.engine) as session:
        todo = kept.undecided(session, now, FIRST_DAY) if not ids else list(ids)
        decided = kept.health_of(session, todo)
        deploys = [session.get(DeployRow, one) for one in todo if one not in decided]
        seen = [(row, kept.seen_of(session, row, now, BEFORE)) for row in deploys if row]
    for deploy, what in seen:
        fared = fare(what.watched, what.hours, now)
        if fared.health != Health.TOO_EARLY.value:
            with transaction(world.engine) as session:
                kept.keep_health(session, deploy.id or 0, what.against_id, fared, now)
    return []
