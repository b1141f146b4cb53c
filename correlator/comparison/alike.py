"""Like compared with like: the ratio within service and size, and how far it may vary.

Incidents that come together in services widen a crude ratio most where arms work in unlike ones;
within services that is no doubt any more. So where whole services are drawn anew, the ratio within
them is, too, and is not given the width of the crude one.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite

from correlator.comparison.arms import By, size_of
from correlator.comparison.counting import Part
from correlator.comparison.widths import stretched, widest
from correlator.statistics import Interval, Stratum, bootstrap, mantel_haenszel
from correlator.statistics.clusters import widening

DRAWS = 1_000
Strata = Mapping[tuple[str, str], Stratum]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """The ratio with like compared with like (Mantel-Haenszel), over so many strata."""

    ratio: float | None
    interval: Interval
    strata: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wider:
    """How many times as wide as mid-P an interval is with all doubts, and with all but those of
    clusters; ``services``: that these are services, and how dice are seeded."""

    all_doubts: float
    but_clusters: float
    services: bool
    seed: int


def compare_alike(first: Sequence[Part], second: Sequence[Part], by: By, wider: Wider) -> Alike:
    """Within service and size (by size: within service)."""
    shared = _shared(first, second, by)
    ratio, interval = mantel_haenszel(shared.values())
    if ratio is None or ratio <= 0 or not isfinite(ratio) or not isfinite(wider.all_doubts):
        return Alike(ratio=None, interval=Interval(0.0, inf), strata=len(shared))
    drawn = _services_drawn(shared, ratio, wider.seed) if wider.services else None
    times = wider.all_doubts if drawn is None else wider.but_clusters
    told = widest(stretched(interval, ratio, times), drawn)
    return Alike(ratio=ratio, interval=told, strata=len(shared))


def _shared(first: Sequence[Part], second: Sequence[Part], by: By) -> Strata:
    """What both arms have changes in."""
    sums: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0, 0.0])
    for place, side in ((0, first), (2, second)):
        for part in side:
            size = "" if by is By.SIZE else size_of(part.record.lines)
            mine = sums[part.record.service, size]
            mine[place] += part.expected
            mine[place + 1] += part.exposure
    return {key: Stratum(*one) for key, one in sums.items() if one[1] > 0 and one[3] > 0}


def _services_drawn(shared: Strata, ratio: float, seed: int) -> Interval | None:
    """The interval when whole services are drawn anew; None where fewer than ten are shared."""
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for (service, _), one in shared.items():
        total = one.first_exposure + one.second_exposure
        sums[service][0] += one.first * one.second_exposure / total
        sums[service][1] += one.second * one.first_exposure / total

    def pooled(drawn: Sequence[list[float]]) -> float | None:
        below = sum(one[1] for one in drawn)
        return sum(one[0] for one in drawn) / below if below else None

    clusters = [sums[service] for service in sorted(sums)]
    found = bootstrap(clusters, pooled, seed=seed, draws=DRAWS)
    return stretched(found, ratio, widening(len(clusters))) if found else None
