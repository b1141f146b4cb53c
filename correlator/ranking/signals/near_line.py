"""How near a change came to a traced line: in a long function, most changes are of other things."""

import math

from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal

# Lines after which nearness has fallen to a third.
REACH = 5.0
# The line that raises on purpose is a guard: who wrote it, or what is near it, is seldom at fault.
GUARD = 0.5


@signal("near-line")
def near_line(case: Case, candidate: Candidate) -> Finding | None:
    """It changed or removed lines close to a traced one, as that stood then."""
    best: Finding | None = None
    for touch in candidate.touches:
        if touch.gap is None:
            continue
        place = case.places[touch.place]
        strength = case.near(place) * math.exp(-touch.gap / REACH)
        strength *= GUARD if case.raises and place.key == 0 else 1.0
        if best is None or strength > best.strength:
            how = "at" if touch.gap == 0 else f"{touch.gap} line{'s' * (touch.gap > 1)} from"
            because = f"it changed code {how} the line of {place.short} that the trace goes through"
            best = Finding(strength, because, place.path, place.lines[0])
    return best
