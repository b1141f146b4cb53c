"""How sure a share or a rate is: an interval that holds the truth in 95 of 100 such cases."""

from dataclasses import dataclass
from math import inf, sqrt

from correlator.statistics.functions import NORMAL, beta_at, gamma_at

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """From ``low`` to ``high``, both inclusive; ``high`` may be infinite."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether the value lies in it."""
        return self.low <= value <= self.high


def wilson(hits: float, of: float, level: float = LEVEL) -> Interval:
    """Of a share: ``hits`` of ``of``. All of 0 to 1 where nothing was counted.

    Source: Wilson 1927; Brown, Cai and DasGupta 2001 on why not Wald's.
    """
    if of <= 0:
        return Interval(0.0, 1.0)
    z = NORMAL.inv_cdf((1 + level) / 2)
    share = hits / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    low = 0.0 if hits <= 0 else max(0.0, middle - half)
    return Interval(low, 1.0 if hits >= of else min(1.0, middle + half))


def clopper_pearson(hits: int, of: int, level: float = LEVEL) -> Interval:
    """Of a share, exact: never too narrow, mostly too wide. Source: Clopper and Pearson 1934."""
    tail = (1 - level) / 2
    low = beta_at(tail, hits, of - hits + 1) if hits > 0 else 0.0
    return Interval(low, beta_at(1 - tail, hits + 1, of - hits) if hits < of else 1.0)


def poisson_rate(count: int, exposure: float, level: float = LEVEL) -> Interval:
    """Of a rate per unit of exposure, exact. Source: Garwood 1936."""
    if exposure <= 0:
        return Interval(0.0, inf)
    tail = (1 - level) / 2
    low = gamma_at(tail, count) if count > 0 else 0.0
    return Interval(low / exposure, gamma_at(1 - tail, count + 1) / exposure)
