"""Code of the objects that the trace handles, though no frame goes through it."""

from correlator.ranking.case import Candidate, Case
from correlator.ranking.held import stem
from correlator.ranking.signals import Finding, signal


@signal("held-object")
def held_object(case: Case, candidate: Candidate) -> Finding | None:
    """It changed the module of an object that a traced function had in its hands."""
    traced = {place.path for place in case.places}
    best: Finding | None = None
    for path in sorted(candidate.paths - traced):
        whole = f"/{stem(path)}"
        for module, (name, near) in case.held.items():
            if whole.endswith(f"/{module}") and (best is None or near > best.strength):
                because = f"it changed {path}, whose {name} the traced code handles"
                best = Finding(near, because, path)
    return best
