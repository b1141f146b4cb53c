"""What a source can tell the corridor."""

from correlator.types.accountability import PullRequest, Review
from correlator.types.events import Deploy, Event
from correlator.types.provenance import AgentWork

Fact = Event | Deploy | PullRequest | Review | AgentWork
