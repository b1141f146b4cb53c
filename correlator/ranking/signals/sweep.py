"""The same edit in many files."""

from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal


@signal("sweep")
def sweep(_: Case, candidate: Candidate) -> Finding | None:
    """It makes the same edit in many files, as type hints and renames do."""
    if not candidate.sweep:
        return None
    return Finding(1.0, f"it makes the same edit in {len(candidate.code)} files")
