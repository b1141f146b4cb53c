"""Whether any traced line is a change's work, however far from the crash."""

from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal


@signal("traced-line")
def traced_line(case: Case, candidate: Candidate) -> Finding | None:
    """It wrote a line of the trace."""
    mine = [
        (place, line)
        for place in case.places
        if place.key not in case.carrying
        for line in place.lines
        if (origin := place.origins.get(line)) and origin.sha == candidate.commit.sha
    ]
    if not mine:
        return None
    place, line = mine[0]
    many = "a line" if len(mine) == 1 else f"{len(mine)} lines"
    stand = "stands" if len(mine) == 1 else "stand"
    return Finding(
        1.0,
        f"{many} of the trace {stand} as it left {'it' if len(mine) == 1 else 'them'}",
        place.path,
        line,
    )
