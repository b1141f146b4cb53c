"""Who wrote a traced line, the last and those before: blame knows only the last."""

from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal


@signal("changed-line")
def changed_line(case: Case, candidate: Candidate) -> Finding | None:
    """It wrote a traced line as it stands, or as it stood before later changes rewrote it."""
    best: Finding | None = None
    for touch in candidate.touches:
        if touch.gap != 0:
            continue
        place = case.places[touch.place]
        strength = case.near(place) / (1 + touch.rewritten)
        if best is None or strength > best.strength:
            since = f", written anew {touch.rewritten} times since" if touch.rewritten > 1 else ""
            since = ", written anew once since" if touch.rewritten == 1 else since
            because = f"it changed the very line of {place.short} in the trace{since}"
            best = Finding(strength, because, place.path, place.lines[0])
    return best
