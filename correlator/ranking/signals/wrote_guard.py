"""The check that raised on purpose: seldom at fault, but it may be new, or too strict."""

from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal


@signal("wrote-guard")
def wrote_guard(case: Case, candidate: Candidate) -> Finding | None:
    """It wrote the line that raises on purpose."""
    if not case.raises:
        return None
    crash = case.places[0]
    line = crash.lines[0]
    origin = crash.origins.get(line)
    if origin is None or origin.sha != candidate.commit.sha:
        return None
    return Finding(1.0, f"it wrote the check that raised, {crash.path}:{line}", crash.path, line)
