"""Changes in the class of a traced method: its statement, its bases, its other methods."""

from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal


@signal("same-class")
def same_class(case: Case, candidate: Candidate) -> Finding | None:
    """It changed another part of the class whose method stands in the trace."""
    for place in case.places:
        if place.key in candidate.beside:
            name = place.owner.rpartition(".")[2]
            because = f"it changed another part of the class {name}"
            return Finding(case.near(place), because, place.path)
    return None
