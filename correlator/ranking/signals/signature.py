"""Changed signatures and returns: what callers and callees agreed on."""

import re

from correlator.ranking.calls import opened
from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal
from correlator.types import Hunk

_RETURN = re.compile(r"^\s*(?:return|yield)\b")


@signal("signature")
def signature(case: Case, candidate: Candidate) -> Finding | None:
    """It changed the signature or the return of a function that stands in the trace, or that the
    traced code calls."""
    names = {place.name.rpartition(".")[2]: case.near(place) for place in reversed(case.places)}
    if not candidate.functions & (names.keys() | case.called.keys()):
        return None
    best, said = 0.0, ("", "")
    for file in candidate.code:
        for hunk in file.hunks:
            for name, what in promises(hunk):
                near = max(names.get(name, 0.0), case.called.get(name, 0.0) * 0.7)
                if near > best:
                    best, said = near, (name, what)
    return Finding(best, f"it changed the {said[1]} of {said[0]}()") if best else None


def promises(hunk: Hunk) -> list[tuple[str, str]]:
    """Functions whose signature or whose return a hunk changes (both sides present)."""
    head = Hunk(0, 0, 0, 0, (), (), hunk.within)
    old = {name for line in hunk.removed for name in opened(Hunk(0, 1, 0, 0, (line,), ()))}
    new = {name for line in hunk.added for name in opened(Hunk(0, 0, 0, 1, (), (line,)))}
    found = [(name, "signature") for name in sorted(old & new)]
    if any(map(_RETURN.match, hunk.removed)):
        found += [(name, "return") for name in opened(head)]
    return found
