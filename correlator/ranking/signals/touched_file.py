"""Changes elsewhere in the files of the trace."""

from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal


@signal("touched-file")
def touched_file(case: Case, candidate: Candidate) -> Finding | None:
    """It changed a file that the trace goes through; the nearer to the crash, the stronger."""
    for place in case.places:
        if place.path in candidate.paths:
            return Finding(case.near(place), f"it changed {place.path}", place.path)
    return None
