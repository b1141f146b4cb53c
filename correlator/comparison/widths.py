"""How wide an interval of a ratio is, and how it is made wider: on the scale of logarithms."""

from math import inf, isfinite, log

from correlator.statistics import Interval


def log_width(interval: Interval) -> float:
    """How wide it is as a logarithm; infinite where an end is."""
    if interval.low <= 0 or not isfinite(interval.high):
        return inf
    return log(interval.high) - log(interval.low)


def stretched(interval: Interval, point: float | None, times: float) -> Interval:
    """So many times as wide, away from the point."""
    if not point or not isfinite(point) or not isfinite(times):
        return interval
    low = point * (interval.low / point) ** times if interval.low else 0.0
    return Interval(low, point * (interval.high / point) ** times)


def widest(one: Interval, other: Interval | None) -> Interval:
    """From the lower of both low ends to the higher of both high ones."""
    if other is None:
        return one
    return Interval(min(one.low, other.low), max(one.high, other.high))
