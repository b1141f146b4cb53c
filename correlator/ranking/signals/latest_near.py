"""Order among those who touched one traced function, by how near the function is."""

from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal


@signal("latest-near")
def latest_near(case: Case, candidate: Candidate) -> Finding | None:
    """It is the last, or among the last, to touch a function near the crash."""
    best, where = 0.0, None
    for key in {touch.place for touch in candidate.touches}:
        strength = case.near(case.places[key]) / (1 + case.order_in_place[key][candidate.age])
        if strength > best:
            best, where = strength, case.places[key]
    if where is None:
        return None
    newer = case.order_in_place[where.key][candidate.age]
    order = "the last" if newer == 0 else f"the last but {newer}"
    return Finding(best, f"it is {order} to touch {where.short}", where.path, where.lines[0])
