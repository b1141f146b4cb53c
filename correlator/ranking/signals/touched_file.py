"""Changes elsewhere in the files of the trace."""

from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal


@signal("touched-file")
def touched_file(case: Case, candidate: Candidate) -> Finding | None:
    """It changed a file that the trace goes through."""
    changed = {file.path for file in candidate.code}
    for place in case.places:
        if place.path in changed:
            return Finding(place.near, f"it changed {place.path}", place.path, None)
    return None
