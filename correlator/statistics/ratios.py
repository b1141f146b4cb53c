"""How many times the rate of one group is that of another, and whether that may be said at all.

Given how many events both had together, those of the first are binomial: an exact comparison that
needs no normal approximation (Przyborowski and Wilenski 1940; mid-P: Lancaster 1961).
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from correlator.statistics.functions import (
    beta_at,
    binomial_at,
    binomial_below,
    binomial_from,
    root,
)
from correlator.statistics.intervals import LEVEL, Interval

# Fewer events than this in an arm: counts, and no ratio.
FEWEST_PER_ARM = 5
# Fewer than this together: the exact interval is the one to show.
FEWEST_FOR_MID_P = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRatio:
    """The first rate over the second. ``ratio`` is None where neither had an event, infinite where
    only the first had. ``p`` belongs to ``mid_p``, ``p_exact`` to ``exact``; both two-sided, twice
    the smaller tail, so that p and interval never disagree."""

    first: int
    second: int
    ratio: float | None
    mid_p: Interval
    exact: Interval
    p: float
    p_exact: float

    @property
    def shown(self) -> Interval:
        """Mid-P, and exact where there are few events."""
        return self.exact if self.first + self.second < FEWEST_FOR_MID_P else self.mid_p

    @property
    def enough(self) -> bool:
        """Whether a ratio may be shown, rather than the counts alone."""
        return min(self.first, self.second) >= FEWEST_PER_ARM

    @property
    def borderline(self) -> bool:
        """Whether the two intervals do not agree that the rates differ."""
        return self.mid_p.holds(1.0) != self.exact.holds(1.0)

    @property
    def differs(self) -> bool:
        """Whether the interval that is shown leaves out 1."""
        return not self.shown.holds(1.0)


def rate_ratio(
    first: int, first_exposure: float, second: int, second_exposure: float, level: float = LEVEL
) -> RateRatio:
    """Compare ``first`` events in ``first_exposure`` with ``second`` in ``second_exposure``.

    Exposures are in the same unit and above 0.
    """
    if first_exposure <= 0 or second_exposure <= 0:
        raise ValueError("Both groups need an exposure above 0.")
    times = second_exposure / first_exposure
    null = first_exposure / (first_exposure + second_exposure)
    together = first + second
    return RateRatio(
        first=first,
        second=second,
        ratio=_point(first, second, times),
        mid_p=_as_ratio(_mid_p(first, together, (1 - level) / 2), times),
        exact=_as_ratio(_exact(first, together, (1 - level) / 2), times),
        p=_two_sided(first, together, null, weight=0.5),
        p_exact=_two_sided(first, together, null, weight=1.0),
    )


def _point(first: int, second: int, times: float) -> float | None:
    if second:
        return first / second * times
    return inf if first else None


def _as_ratio(share: Interval, times: float) -> Interval:
    def of(value: float) -> float:
        return inf if value >= 1.0 else value / (1 - value) * times

    return Interval(of(share.low), of(share.high))


def _exact(hits: int, of: int, tail: float) -> Interval:
    low = beta_at(tail, hits, of - hits + 1) if hits > 0 else 0.0
    return Interval(low, beta_at(1 - tail, hits + 1, of - hits) if hits < of else 1.0)


def _mid_p(hits: int, of: int, tail: float) -> Interval:
    """Shares at which what was seen, and what is further out, has ``tail`` of the chance."""
    if of == 0:
        return Interval(0.0, 1.0)

    def above(share: float) -> float:
        return binomial_from(hits, of, share) - binomial_at(hits, of, share) / 2

    def solve(rises: Callable[[float], float]) -> float:
        return root(rises, 0.0, 1.0)

    low = solve(lambda share: above(share) - tail) if hits > 0 else 0.0
    high = solve(lambda share: above(share) - (1 - tail)) if hits < of else 1.0
    return Interval(low, high)


def _two_sided(hits: int, of: int, null: float, *, weight: float) -> float:
    """Twice the smaller tail; ``weight``: how much of what was seen itself counts."""
    here = binomial_at(hits, of, null) * (1 - weight)
    lower, upper = binomial_below(hits, of, null) - here, binomial_from(hits, of, null) - here
    return min(1.0, 2 * min(lower, upper))
