"""The ratio of two arms' rates, in one unit, with every interval that it is judged by."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import inf, isfinite, log, sqrt

from correlator.comparison.alike import Alike, Wider, compare_alike
from correlator.comparison.arms import By
from correlator.comparison.counting import Counted, Part, Rate, Unit, rate
from correlator.comparison.imputing import (
    ClusterOf,
    are_certain,
    by_cluster,
    chances,
    clustered,
    imputed,
    rounds_of,
)
from correlator.comparison.mislabelled import OF_PROVENANCE, Mislabelled, at_rates, undone_by
from correlator.comparison.widths import log_width, stretched, widest
from correlator.comparison.wording import Word, word
from correlator.statistics import Interval, RateRatio, dispersion, rate_ratio
from correlator.statistics.clusters import FEWEST_CLUSTERS, widening
from correlator.statistics.functions import NORMAL
from correlator.statistics.ratios import FEWEST_PER_ARM

# Above this, variance over mean, incidents come together and the interval is widened.
MOST_SPREAD = 1.5
# What is drawn anew, the first of which there are ten: incidents come together in each.
CLUSTERS: dict[str, ClusterOf] = {
    "services": lambda record: record.service,
    "people": lambda record: "" if record.person is None else str(record.person),
    "weeks": lambda record: f"{record.deployed_at:%G-%V}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """How many times the first rate is the second, counted per ``unit``.

    ``mid_p`` and ``exact`` are of the sums rounded to whole events; ``imputed`` carries uncertain
    culprits through (None: all are certain); ``clustered`` draws whole clusters, of the kind
    ``drawn`` (None: there are fewer than ten of any kind). ``shown``: the widest of what applies.
    ``issues``: different ones of both arms together. ``spread``: variance over mean of incidents
    per change, the larger of the arms'. ``p``: of ``shown``; ``q``: the same among all arms
    compared. ``undone_by`` and ``mislabelled``: what wrong labels would do to it, where a ratio is
    shown of arms told apart by provenance.
    """

    of: Counted
    unit: Unit
    first: Rate
    second: Rate
    issues: int
    ratio: float | None
    mid_p: Interval
    exact: Interval
    imputed: Interval | None
    clustered: Interval | None
    drawn: str
    shown: Interval
    alike: Alike
    spread: float | None
    p: float
    word: Word
    q: float | None = None
    undone_by: int | None = None
    mislabelled: tuple[Mislabelled, ...] = ()

    @property
    def enough(self) -> bool:
        """Whether a ratio may be shown, rather than the counts alone."""
        return self.word is not Word.COUNTS_ONLY


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """The changes of both arms that count for one unit."""

    of: Counted
    unit: Unit
    first: tuple[Part, ...]
    second: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubted:
    """What makes an interval wider than mid-P: ``calm`` is with all but clusters."""

    imputed: Interval | None
    clustered: Interval | None
    drawn: str
    calm: Interval
    shown: Interval


def compare_rates(sides: Sides, by: By, seed: int) -> Ratio | None:
    """The ratio; None where an arm has no exposure at all."""
    first, second = rate(sides.first), rate(sides.second)
    if first.exposure <= 0 or second.exposure <= 0:
        return None
    whole = rate_ratio(
        round(first.expected), first.exposure, round(second.expected), second.exposure
    )
    point, spread = _over(first, second), _spread(sides)
    enough = min(first.expected, second.expected) >= FEWEST_PER_ARM
    doubted = _doubted(sides, whole, point, spread, seed if enough else None)
    wider = _times_as_wide(doubted.shown, whole.mid_p, point)
    alike = compare_alike(
        sides.first,
        sides.second,
        by,
        Wider(
            all_doubts=wider,
            but_clusters=_times_as_wide(doubted.calm, whole.mid_p, point),
            services=doubted.drawn == "services",
            seed=seed,
        ),
    )
    judged = [doubted.shown, stretched(whole.exact, point, wider)]
    judged += [alike.interval] if alike.ratio else []
    labelled = enough and by in OF_PROVENANCE
    return Ratio(
        of=sides.of, unit=sides.unit, first=first, second=second,
        issues=rate((*sides.first, *sides.second)).issues,
        ratio=point, mid_p=whole.mid_p, exact=whole.exact, imputed=doubted.imputed,
        clustered=doubted.clustered, drawn=doubted.drawn, shown=doubted.shown, alike=alike,
        spread=spread, p=max(whole.p, _p_of(point, doubted.shown)), word=word(enough, judged),
        undone_by=undone_by(first, second, wider) if labelled else None,
        mislabelled=at_rates(first, second, doubted.shown) if labelled else (),
    )  # fmt: skip


def _doubted(
    sides: Sides, whole: RateRatio, point: float | None, spread: float | None, seed: int | None
) -> Doubted:
    """``seed``: of the dice; None where no ratio is shown, and clusters would be for nobody."""
    throws = _thrown(sides)
    groups = None if seed is None else _grouped(sides, seed)
    calm = _widened(widest(whole.shown, throws), point, spread)
    return Doubted(
        imputed=throws,
        clustered=groups[1] if groups else None,
        drawn=groups[0] if groups else "",
        calm=calm,
        shown=widest(calm, groups[1] if groups else None),
    )


def among(ratios: Sequence[Ratio], adjust: Callable[[Sequence[float]], list[float]]) -> list[Ratio]:
    """The same ratios told that they are several: by chance alone some would stand out."""
    found = []
    for one, q in zip(ratios, adjust([one.p for one in ratios]), strict=True):
        doubted = one.word in (Word.MORE, Word.FEWER) and q > 0.05
        found.append(replace(one, q=q, word=Word.BORDERLINE if doubted else one.word))
    return found


def _over(first: Rate, second: Rate) -> float | None:
    if second.expected:
        return first.expected / first.exposure * second.exposure / second.expected
    return inf if first.expected else None


def _thrown(sides: Sides) -> Interval | None:
    found = chances(sides.first, sides.second)
    if are_certain(found):
        return None
    first, second = (sum(part.exposure for part in side) for side in (sides.first, sides.second))
    return imputed(found, first, second)


def _grouped(sides: Sides, seed: int) -> tuple[str, Interval] | None:
    """Whole services drawn anew; where these are too few, all that each person changed; where
    people are, too, weeks. By what, and the interval."""
    both = sides.first, sides.second
    rounds = rounds_of(chances(*both))
    point = _over(rate(sides.first), rate(sides.second))
    for kind, of in CLUSTERS.items():
        number = len({of(part.record) for side in both for part in side})
        if number < FEWEST_CLUSTERS:
            continue
        if (interval := clustered(by_cluster(both, of, rounds, seed), seed)) is not None:
            return kind, stretched(interval, point, widening(number))
    return None


def _spread(sides: Sides) -> float | None:
    """Of whole likely culprits a change: sums of chances would look calmer than they are."""
    found = [
        spread
        for side in (sides.first, sides.second)
        if (spread := dispersion([round(part.expected) for part in side])) is not None
    ]
    return max(found, default=None)


def _widened(interval: Interval, point: float | None, spread: float | None) -> Interval:
    """Stretched around the ratio as a quasi-Poisson fit would (standard error times root)."""
    if not point or not isfinite(point) or spread is None or spread <= MOST_SPREAD:
        return interval
    return stretched(interval, point, sqrt(spread))


def _times_as_wide(one: Interval, mid_p: Interval, point: float | None) -> float:
    return max(1.0, log_width(one) / log_width(mid_p)) if point else 1.0


def _p_of(point: float | None, shown: Interval) -> float:
    """The chance of a ratio so far from 1, read back from the width of its interval."""
    width = log_width(shown)
    if not point or not isfinite(point) or not isfinite(width) or not width:
        return 0.0 if width == 0 else 1.0 if point is None else 0.0
    error = width / 2 / NORMAL.inv_cdf(0.975)
    return 2 * (1 - NORMAL.cdf(abs(log(point)) / error))
