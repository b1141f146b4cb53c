"""Changes that cannot fail in production."""

from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal


@signal("no-code")
def no_code(_: Case, candidate: Candidate) -> Finding | None:
    """It changed tests or prose only."""
    if candidate.code:
        return None
    return Finding(1.0, "it changed no code outside tests and documentation")
