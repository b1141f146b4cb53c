"""Changed signatures and returns: what callers and callees agreed on."""

import re
from dataclasses import replace

from correlator.ranking.calls import declared, opened
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
    if not hunk.removed or not hunk.added:
        return []
    both = set(declared(hunk.removed)) & set(declared(hunk.added))
    found = [(name, "signature") for name in sorted(both)]
    if any(map(_RETURN.match, hunk.removed)):
        found += [(name, "return") for name in opened(replace(hunk, removed=(), added=()))]
    return found
