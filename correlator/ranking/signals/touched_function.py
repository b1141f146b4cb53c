"""Changes inside traced functions, removals included: what blame cannot see."""

from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal


@signal("touched-function")
def touched_function(case: Case, candidate: Candidate) -> Finding | None:
    """It changed or removed lines of a function in the trace."""
    touched = {touch.place for touch in candidate.touches}
    for place in case.places:
        if place.key in touched:
            because = f"it changed {place.short}, which the trace goes through"
            return Finding(case.near(place), because, place.path, place.lines[0])
    return None
