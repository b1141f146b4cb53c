"""Callees changed before the range, or where there is none: weaker, for there are more of them."""

from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal
from correlator.ranking.signals.called_function import rarity


@signal("called-before")
def called_before(case: Case, candidate: Candidate) -> Finding | None:
    """It changed a function that the traced code calls, at some time."""
    if case.ranged:
        return None
    best, name = 0.0, ""
    for shared in candidate.functions & case.called.keys():
        strength = case.called[shared] * rarity(case.changers[shared], len(case.candidates))
        if (strength, shared) > (best, name):
            best, name = strength, shared
    return Finding(best, f"it changed {name}(), which the traced code calls") if best else None
