"""How new a change is among the candidates."""

import math

from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal


@signal("recency")
def recency(case: Case, candidate: Candidate) -> Finding | None:
    """The newer, the likelier: an old fault would have shown before."""
    strength = 1 - math.log1p(candidate.age) / math.log1p(max(2, len(case.candidates)))
    return Finding(max(0.0, strength), f"{candidate.age} candidates are newer than it")
