"""How much code a change touches."""

import math

from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal


@signal("size")
def size(_: Case, candidate: Candidate) -> Finding | None:
    """Much code changed, much can break."""
    if candidate.size == 0:
        return None
    strength = min(1.0, math.log1p(candidate.size) / math.log(3000))
    return Finding(strength, f"it changed {candidate.size} lines of code")
