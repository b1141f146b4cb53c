"""Functions that traced lines call, though no frame shows them: they have returned."""

import re

from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal

CALL = re.compile(r"([A-Za-z_]\w{2,60})\s*\(")
DEFINED = re.compile(
    r"^\s*(?:async\s+|export\s+|public\s+|private\s+|static\s+|protected\s+)*"
    r"(?:def|class|function|func|fn|const|let)\s+(?:\([^)]{0,80}\)\s*)?([A-Za-z_]\w{2,60})"
)


@signal("changed-callee")
def changed_callee(case: Case, candidate: Candidate) -> Finding | None:
    """It changed the definition of something that a traced line calls."""
    defined = {
        name.group(1)
        for file in candidate.code
        for hunk in file.hunks
        for line in (*hunk.added, *hunk.removed)
        if (name := DEFINED.match(line))
    }
    if not defined:
        return None
    for place in case.places:
        for line in place.lines:
            called = set(CALL.findall(place.text.get(line, "")))
            if both := called & defined:
                because = f"it changed {sorted(both)[0]}(), which {place.path}:{line} calls"
                return Finding(place.near, because, place.path, line)
    return None
