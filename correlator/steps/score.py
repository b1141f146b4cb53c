"""Score: outcomes of verdicts that were judged before outcomes were kept."""

from correlator.steps import step
from correlator.store.session import transaction
from correlator.store.verdicts import scored
from correlator.types import Next
from correlator.world import World


@step("score")
def score(world: World, ids: tuple[int, ...] = ()) -> list[Next]:
    """Bring the words about these issues to an outcome; ``ids`` empty: about those that have
    none, a thousand at a time."""
    todo = list(ids)
    while True:
        with transaction(world.engine) as session:
            todo = todo or scored.behind(session, scored.CHUNK)
            if not todo:
                return []
            scored.renew(session, todo)
        if ids:
            return []
        todo = []
