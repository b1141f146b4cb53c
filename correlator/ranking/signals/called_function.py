"""Changes of what the traced code calls: it has returned, so no frame shows it."""

import math

from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal


@signal("called-function")
def called_function(case: Case, candidate: Candidate) -> Finding | None:
    """It changed a function that a traced line, or a line shortly before it, calls."""
    if case.ranged and not candidate.in_range:
        # What the traced code called before this deploy, it called then without this error.
        return None
    best, name = 0.0, ""
    for shared in candidate.functions & case.called.keys():
        strength = case.called[shared] * rarity(case.changers[shared], len(case.candidates))
        if (strength, shared) > (best, name):
            best, name = strength, shared
    if not best:
        return None
    return Finding(best, f"it changed {name}(), which the traced code calls")


def rarity(changers: int, candidates: int) -> float:
    """1 where this candidate alone changed a function of that name, towards 0 where all did."""
    if candidates < 2:
        return 1.0
    return 1.0 - math.log(max(1, changers)) / math.log(candidates)
