"""Changes of what the traced code calls: it has returned, so no frame shows it."""

import math

from correlator.ranking.calls import opened
from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal


@signal("called-function")
def called_function(case: Case, candidate: Candidate) -> Finding | None:
    """In this deploy it changed a function that a traced line, or one shortly before, calls.

    What the traced code called before this deploy, it called then without this error; and without
    a range, every author of everything that is called would be under suspicion. But where a
    database refuses a statement, who composed it is among them, and in no frame.
    """
    if case.ranged and not candidate.in_range:
        return None
    if not case.ranged and not case.is_database:
        return None
    best, name = 0.0, ""
    for shared in candidate.functions & case.called.keys():
        strength = case.called[shared] * rarity(case.changers[shared], len(case.candidates))
        if (strength, shared) > (best, name):
            best, name = strength, shared
    if not best:
        return None
    path = next(
        f.path or f.old_path for f in candidate.code if any(name in opened(h) for h in f.hunks)
    )
    return Finding(best, f"it changed {name}(), which the traced code calls", path)


def rarity(changers: int, candidates: int) -> float:
    """1 where this candidate alone changed a function of that name, towards 0 where all did."""
    if candidates < 2:
        return 1.0
    return 1.0 - math.log(max(1, changers)) / math.log(candidates)
