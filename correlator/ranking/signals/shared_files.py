"""How many files of the trace a change touched."""

from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal


@signal("shared-files")
def shared_files(case: Case, candidate: Candidate) -> Finding | None:
    """It changed several files of the trace together."""
    traced = {place.path for place in case.places}
    both = traced & {file.path for file in candidate.code}
    if len(both) < 2:
        return None
    because = f"it changed {len(both)} of the {len(traced)} files in the trace"
    return Finding(min(1.0, (len(both) - 1) / 3), because)
