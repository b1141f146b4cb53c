"""The deploy that first showed the error brought it."""

from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal


@signal("in-range")
def in_range(case: Case, candidate: Candidate) -> Finding | None:
    """It is between the deploy before and the one that failed."""
    if not (case.ranged and candidate.in_range):
        return None
    return Finding(1.0, "it first went out with the deploy that failed")
