"""Guards that are gone."""

import re

from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal

GUARD = re.compile(
    r"\b(?:if|unless|except|catch|rescue|try|assert|isinstance|instanceof|hasattr|await|defer|"
    r"is not None|is None|default|null|nil|undefined|Optional|getattr)\b|\?\?|\?\.|!= ?null"
)


@signal("removed-guard")
def removed_guard(case: Case, candidate: Candidate) -> Finding | None:
    """It removed a check, default or handler from a traced function."""
    places = {place.key: place for place in case.places}
    for touch in sorted(candidate.touches, key=lambda touch: touch.place):
        kept = {line.strip() for line in touch.hunk.added}
        for line in touch.hunk.removed:
            if GUARD.search(line) and line.strip() not in kept:
                place = places[touch.place]
                because = f"it removed “{line.strip()[:80]}” from {place.short}"
                return Finding(1.0, because, place.path, place.lines[0])
    return None
