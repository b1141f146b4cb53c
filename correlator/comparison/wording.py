"""What may be said of a ratio, in one word. Never 'no difference', and never why.

A difference is only said where everything agrees: the interval that is shown, mid-P and exact by
themselves, and the ratio with like compared with like. If they do not agree it is borderline.
"""

from collections.abc import Iterable
from enum import StrEnum

from correlator.statistics import Interval


class Word(StrEnum):
    """The closed list of what a comparison comes to."""

    COUNTS_ONLY = "counts only"
    NONE_SHOWN = "no difference shown"
    BORDERLINE = "borderline"
    MORE = "more"
    FEWER = "fewer"


def side(interval: Interval) -> int:
    """1 where the interval lies above 1, -1 below it, 0 where it holds it."""
    return int(interval.low > 1.0) - int(interval.high < 1.0)


def word(enough: bool, intervals: Iterable[Interval]) -> Word:
    """What these intervals of one ratio allow to be said."""
    if not enough:
        return Word.COUNTS_ONLY
    sides = {side(interval) for interval in intervals}
    if sides == {0}:
        return Word.NONE_SHOWN
    return {1: Word.MORE, -1: Word.FEWER}[sides.pop()] if len(sides) == 1 else Word.BORDERLINE
