"""Changes outside every function of a traced file: imports, constants, registrations."""

import re

from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal
from correlator.types import Hunk

_STATEMENT = re.compile(r"(?!(?:def|class|async def|function|func|type|impl|fn)\b)[A-Za-z_$@]")


@signal("module-level")
def module_level(case: Case, candidate: Candidate) -> Finding | None:
    """It changed the module level of a traced file; the nearer to the crash, the stronger."""
    changed = {file.path for file in candidate.code if any(map(_top, file.hunks))}
    for place in case.places:
        if place.path in changed:
            because = f"it changed the module level of {place.path}"
            return Finding(case.near(place), because, place.path)
    return None


def _top(hunk: Hunk) -> bool:
    return any(_STATEMENT.match(line) for line in (*hunk.added, *hunk.removed))
