"""What a source can tell the corridor."""

from collections.abc import Iterable
from dataclasses import dataclass

from correlator.types.accountability import PullRequest, Review
from correlator.types.cycles import Resolved
from correlator.types.events import Deploy, Event
from correlator.types.exposure import Exposure
from correlator.types.provenance import AgentWork

MOST_TOLD = 5


@dataclass(frozen=True, slots=True)
class Unread:
    """A part of a delivery that could not be read: where in it, and why. The rest is kept."""

    where: str
    why: str


Fact = Event | Exposure | Deploy | PullRequest | Review | AgentWork | Resolved | Unread


def unread_in(facts: Iterable[Fact]) -> str | None:
    """What of a delivery could not be read, in words, though the rest was kept; None: nothing."""
    unread = [one for one in facts if isinstance(one, Unread)]
    told = "; ".join(f"{one.where}: {one.why}" for one in unread[:MOST_TOLD])
    more = f"; and {len(unread) - MOST_TOLD} more" if len(unread) > MOST_TOLD else ""
    return f"Not read, the rest was kept: {told}{more}." if unread else None
