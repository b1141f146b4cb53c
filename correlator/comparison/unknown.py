"""What the unknown leave open: how far a ratio could lie from what is counted without them.

They are split between the two arms in some way that nobody knows. Its bounds are the ends of what
any split gives: the unknown changes that went wrong all to the one arm and the others to the other,
as far as that drives the ratio apart (worst-case bounds: Manski 1990, Nonparametric Bounds on
Treatment Effects). Were all of them of one arm, the ratio lies somewhere between.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from correlator.comparison.counting import Part, rate

Sums = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """From ``low`` to ``high`` the ratio could be anything; ``all_first`` and ``all_second``: it if
    every unknown change were of that arm; None: no ratio. ``share``: how much of the exposure of
    all three is unknown, that of so many ``changes`` with ``issues``."""

    share: float
    changes: int
    issues: int
    low: float | None
    high: float | None
    all_first: float | None
    all_second: float | None


def bounds_of(first: Sums, second: Sums, unknown: Sequence[Part]) -> Bounds:
    """``first`` and ``second``: events and exposure of each arm."""
    counted = rate(unknown)
    open_ = counted.expected, counted.exposure
    total = first[1] + second[1] + open_[1]
    highest, lowest = _furthest(first, second, unknown), _furthest(second, first, unknown)
    return Bounds(
        share=open_[1] / total if total else 0.0,
        changes=counted.changes,
        issues=counted.issues,
        low=None if lowest is None else 1 / lowest if lowest else inf,
        high=highest,
        all_first=_over(_added(first, open_), second),
        all_second=_over(first, _added(second, open_)),
    )


def _furthest(one: Sums, other: Sums, unknown: Sequence[Part]) -> float | None:
    """The highest ratio of ``one`` over ``other`` that a split of the unknown can give.

    What goes to the one is what went wrong most for its exposure: any change left behind lowers the
    ratio more than it raises it. A change that nothing is blamed on always goes to the other.
    """
    wrong = sorted(unknown, key=lambda part: part.expected / part.exposure, reverse=True)
    mine, rest = one, _added(other, (sum(part.expected for part in wrong),
                                     sum(part.exposure for part in wrong)))  # fmt: skip
    found = [_over(mine, rest)]
    for part in wrong:
        if not part.expected:
            break
        mine = _added(mine, (part.expected, part.exposure))
        # What is left of a sum of chances may be a hair below nothing.
        rest = max(rest[0] - part.expected, other[0]), rest[1] - part.exposure
        found.append(_over(mine, rest))
    return max((ratio for ratio in found if ratio is not None), default=None)


def _added(one: Sums, more: Sums) -> Sums:
    return one[0] + more[0], one[1] + more[1]


def _over(first: Sums, second: Sums) -> float | None:
    if first[1] <= 0 or second[1] <= 0:
        return None
    if not second[0]:
        return inf if first[0] else None
    return first[0] / first[1] * second[1] / second[0]
