"""Order among those who touched the traced functions."""

import math

from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal


@signal("latest-in-function")
def latest_in_function(case: Case, candidate: Candidate) -> Finding | None:
    """It is among the last to touch a function of the trace."""
    newer = case.order_in_functions.get(candidate.age)
    if newer is None:
        return None
    because = (
        "it is the last that touched a function of the trace"
        if newer == 0
        else f"only {newer} later change{'s' * (newer > 1)} touched a function of the trace"
    )
    return Finding(max(0.0, 1 - math.log1p(newer) / 5), because)
