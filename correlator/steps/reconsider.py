"""Reconsider: verdicts that another service's late word may change are given anew.

A provider's event may reach us after its consumer's, and its deploy marker after both: the verdict
that was given meanwhile knew of neither.
"""

from correlator.request_path import told_since
from correlator.steps import in_hundreds, step
from correlator.store.deploys.history import line_of
from correlator.store.session import reading, transaction
from correlator.store.verdicts.late_words import spoken_before, want_again
from correlator.types import Next
from correlator.world import World


@step("reconsider")
def reconsider(world: World, _ids: tuple[int, ...] = ()) -> list[Next]:
    """Look through the verdicts of the last day; the rows say which, so no ids are needed."""
    with reading(world.engine) as session:
        again = [
            one.issue.id or 0
            for one in spoken_before(session, world.now())
            if told_since(session, one, line_of(session, one.issue))
        ]
    if not again:
        return []
    with transaction(world.engine) as session:
        want_again(session, again)
    return in_hundreds("investigate", again)
