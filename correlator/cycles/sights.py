"""Roll-outs that nobody told of: a release is out once it was seen to be.

Only so much is taken from sights as cannot be otherwise: what was live before the first marker, and
releases that bring a fix which no marked one has. A straggler, an old branch or somebody's trial
takes nothing back.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from correlator.types import Line, Means, RollOut, Seen, Use

# A roll-out that was only seen is no deploy.
UNMARKED = 0


def with_sights(line: Line, used: Iterable[Use]) -> Line:
    """The line with the roll-outs that follow from its events and from what was ``used``."""
    sights = _sights(line.seen, used)
    for one in (*line.roll_outs, *line.parts):
        sights.pop(one.release, None)
    found = [
        RollOut(id=UNMARKED, release=release, at=at)
        for release, at in _telling(line, sorted(sights.items(), key=lambda one: one[::-1]))
    ]
    return replace(line, roll_outs=(*found, *line.roll_outs)) if found else line


def _sights(seen: Iterable[Seen], used: Iterable[Use]) -> dict[str, datetime]:
    """When each release was seen first."""
    firsts: dict[str, datetime] = {}
    sights = [(one.release, one.first) for one in seen]
    sights += [(one.release, one.hour) for one in used if one.count > 0]
    for release, at in sights:
        if release:
            firsts[release] = min(firsts.get(release, at), at)
    return firsts


def _telling(line: Line, sights: Iterable[tuple[str, datetime]]) -> Iterator[tuple[str, datetime]]:
    marked = [*line.roll_outs, *line.parts]
    fixes = {fix.key for fix in line.fixes if fix.means is not Means.ROLL_BACK}
    known = {key for one in marked for key in line.carries.get(one.release, ())}
    start = min((one.at for one in line.roll_outs), default=None)
    for place, (release, at) in enumerate(sights):
        was_first = place == 0 and (start is None or at < start)
        news = line.carries.get(release, frozenset()) & fixes - known
        if was_first or news:
            known |= news
            yield release, at
