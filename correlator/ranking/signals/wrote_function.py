"""Blame of whole traced functions."""

from correlator.ranking.case import PASSING, Candidate, Case
from correlator.ranking.signals import Finding, signal


@signal("wrote-function")
def wrote_function(case: Case, candidate: Candidate) -> Finding | None:
    """Lines of a traced function are its work; the larger their share, the stronger."""
    best: Finding | None = None
    for place in case.places:
        mine = [n for n, origin in place.origins.items() if origin.sha == candidate.commit.sha]
        share = len(mine) / max(8, len(place.origins))
        share *= PASSING if place.key in case.carrying else 1.0
        if mine and (best is None or share > best.strength):
            because = f"it wrote {len(mine)} of {len(place.origins)} lines of {place.short}"
            best = Finding(share, because, place.path, mine[0])
    return best
