"""What a source can tell the corridor."""

from correlator.types.accountability import PullRequest, Review
from correlator.types.cycles import Resolved
from correlator.types.events import Deploy, Event
from correlator.types.exposure import Exposure
from correlator.types.provenance import AgentWork

Fact = Event | Exposure | Deploy | PullRequest | Review | AgentWork | Resolved
