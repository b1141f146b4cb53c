"""Blame of the traced lines: nearness to the crash before newness."""

from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal


@signal("blamed-line")
def blamed_line(case: Case, candidate: Candidate) -> Finding | None:
    """It wrote a line that stands in the trace; the nearer to the crash, the stronger.

    Not the line that raises on purpose: that is a guard, and who wrote it is seldom at fault.
    """
    for place in case.places:
        if case.raises and place.key == 0:
            continue
        for line in place.lines:
            origin = place.origins.get(line)
            if origin and origin.sha == candidate.commit.sha:
                what = "the line that failed" if place.key == 0 else f"a line of {place.short}"
                because = f"it wrote {what}, {place.path}:{line}"
                return Finding(case.near(place), because, place.path, line)
    return None
