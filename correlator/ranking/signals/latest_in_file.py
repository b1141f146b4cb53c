"""Order among those who touched the traced files."""

import math

from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal


@signal("latest-in-file")
def latest_in_file(case: Case, candidate: Candidate) -> Finding | None:
    """It is among the last to change a file of the trace."""
    newer = case.order_in_files.get(candidate.age)
    if newer is None:
        return None
    because = (
        "it is the last that changed a file of the trace"
        if newer == 0
        else f"{newer} later change{'s' * (newer > 1)} touched a file of the trace"
    )
    return Finding(max(0.0, 1 - math.log1p(newer) / 6), because)
