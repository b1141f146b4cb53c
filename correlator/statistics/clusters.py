"""Events that come together: incidents of one service or one day are not so many separate ones."""

from collections.abc import Callable, Sequence
from math import isfinite, sqrt
from random import Random
from typing import TypeVar

from correlator.statistics.functions import NORMAL, student_t
from correlator.statistics.intervals import LEVEL, Interval

Cluster = TypeVar("Cluster")
FEWEST_CLUSTERS = 10
DRAWS = 2_000


def dispersion(counts: Sequence[int]) -> float | None:
    """Variance over mean of counts; about 1 where events are independent. None: cannot be told."""
    if len(counts) < 2 or not sum(counts):
        return None
    mean = sum(counts) / len(counts)
    return sum((one - mean) ** 2 for one in counts) / (len(counts) - 1) / mean


def bootstrap(
    clusters: Sequence[Cluster],
    figure: Callable[[Sequence[Cluster]], float | None],
    *,
    seed: int,
    draws: int = DRAWS,
    level: float = LEVEL,
) -> Interval | None:
    """The percentile interval of a figure when whole clusters are drawn anew, with replacement.

    None with fewer than ten clusters: then nothing honest can be said of how they vary. Draws in
    which the figure does not exist are left out; if these are more than one in ten, None as well.
    Source: Davison and Hinkley 1997, chapter 5. ``seed`` makes it repeatable.
    """
    if len(clusters) < FEWEST_CLUSTERS:
        return None
    dice = Random(seed)  # noqa: S311 - a simulation, not a secret
    drawn = (figure(dice.choices(clusters, k=len(clusters))) for _ in range(draws))
    values = sorted(one for one in drawn if one is not None and isfinite(one))
    if len(values) < draws * 0.9:
        return None
    tail = (1 - level) / 2
    return Interval(_quantile(values, tail), _quantile(values, 1 - tail))


def widening(clusters: int, level: float = LEVEL) -> float:
    """How many times as wide an interval from few clusters has to be as one from many.

    Their spread is taken from the very few that are drawn from, which makes it too small by about
    the root of K / (K - 1), and known no better than Student's t of K - 1. Source: Cameron, Gelbach
    and Miller 2008, on bootstraps with few clusters.
    """
    student = student_t(clusters - 1, level)
    return student / NORMAL.inv_cdf((1 + level) / 2) * sqrt(clusters / (clusters - 1))


def _quantile(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
