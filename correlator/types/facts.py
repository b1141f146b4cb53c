"""What a source can tell the corridor."""

from dataclasses import dataclass

from correlator.types.accountability import PullRequest, Review
from correlator.types.events import Deploy, Event
from correlator.types.exposure import Exposure
from correlator.types.provenance import AgentWork


@dataclass(frozen=True, slots=True)
class Unread:
    """A part of a delivery that could not be read: where in it, and why. The rest is kept."""

    where: str
    why: str


Fact = Event | Exposure | Deploy | PullRequest | Review | AgentWork | Unread
