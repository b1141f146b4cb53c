"""A rate ratio within strata, so that like is compared with like (service, size of the change)."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, inf, log, sqrt

from correlator.statistics.functions import NORMAL
from correlator.statistics.intervals import LEVEL, Interval


@dataclass(frozen=True, slots=True)
class Stratum:
    """Events and exposure of two groups that are alike in all but what is compared."""

    first: float
    first_exposure: float
    second: float
    second_exposure: float


def mantel_haenszel(
    strata: Iterable[Stratum], level: float = LEVEL
) -> tuple[float | None, Interval]:
    """The pooled ratio of the first rate over the second, and its interval.

    None, and everything from 0 on, where no stratum has events to compare. Source: Greenland and
    Robins 1985 (person-time data); Rothman, Greenland and Lash, Modern Epidemiology.
    """
    above = below = variance = 0.0
    for one in strata:
        total = one.first_exposure + one.second_exposure
        if one.first_exposure <= 0 or one.second_exposure <= 0:
            continue
        above += one.first * one.second_exposure / total
        below += one.second * one.first_exposure / total
        events = one.first + one.second
        variance += events * one.first_exposure * one.second_exposure / total**2
    if not above or not below:
        return (inf if above else 0.0 if below else None), Interval(0.0, inf)
    ratio = above / below
    half = NORMAL.inv_cdf((1 + level) / 2) * sqrt(variance / (above * below))
    return ratio, Interval(exp(log(ratio) - half), exp(log(ratio) + half))
