"""Overrides and base methods: a function of the same name as a traced one, elsewhere."""

from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal
from correlator.ranking.signals.called_function import rarity


@signal("namesake")
def namesake(case: Case, candidate: Candidate) -> Finding | None:
    """It changed another function of a traced one's name: an override, or what it overrides."""
    best, name = 0.0, ""
    for place in case.places:
        own = place.name.rpartition(".")[2]
        if own not in candidate.functions or place.key in {t.place for t in candidate.touches}:
            continue
        strength = case.near(place) * rarity(case.bearers[own], len(case.candidates))
        if strength > best:
            best, name = strength, own
    return (
        Finding(best, f"it changed another {name}(), as one in the trace is called")
        if best
        else None
    )
