"""Guards, defaults, handlers, awaits and null checks that went from a traced function."""

import re

from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal
from correlator.types import Hunk

_GUARD = re.compile(
    r"^\s*(?:\}?\s*(?:el)?(?:if|unless|else if)\b|except\b|rescue\b|\}?\s*catch\b|try\b|assert\b"
    r"|finally\b)|\bawait\b|\bis (?:not )?None\b|[!=]==? ?(?:null|undefined|nil|None)\b|\?\?|\?\."
    r"|\.get\(|\bgetattr\([^()]{1,80},[^()]{1,80},|\b(?:isinstance|hasattr|setdefault)\("
    r"|\bOptional\b|\bor (?:\{\}|\[\]|\(\)|None|''|\"\")|\|\| ?(?:\{\}|\[\]|''|\"\"|0|null)"
    r"|\bdefault\b|\bunwrap_or|\berr != nil"
)


@signal("removed-guard")
def removed_guard(case: Case, candidate: Candidate) -> Finding | None:
    """It took a check, a default or a handler out of a traced function."""
    for touch in sorted(candidate.touches, key=lambda one: one.place):
        if line := guard(touch.hunk):
            place = case.places[touch.place]
            because = f"it took {line[:60]!r} out of {place.short}"
            return Finding(case.near(place), because, place.path, place.lines[0])
    return None


def guard(hunk: Hunk) -> str | None:
    """The first guard that a hunk removes and does not put back, stripped."""
    removed = [line.strip() for line in hunk.removed if _GUARD.search(line[:300])]
    added = sum(bool(_GUARD.search(line[:300])) for line in hunk.added)
    if len(removed) <= added:
        return None
    kept = {line.strip() for line in hunk.added}
    return next((line for line in removed if line not in kept), None)
