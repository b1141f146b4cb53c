"""Comments and layout."""

from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal


@signal("same-program")
def same_program(_: Case, candidate: Candidate) -> Finding | None:
    """Nothing but comments and layout differs: the syntax trees are equal."""
    if not candidate.same_program:
        return None
    return Finding(1.0, "it changed comments and layout only: the program is the same")
