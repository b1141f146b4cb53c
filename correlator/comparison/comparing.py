"""Changes of a window compared: every arm by itself, and each against what it is held against.

The unknown stand beside every ratio with the bounds that they leave open.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from correlator.comparison.arms import UNKNOWN, By, Pair, arms, pairs
from correlator.comparison.counting import Counted, Part, Unit, parts, rate
from correlator.comparison.power import SOUGHT, changes_needed
from correlator.comparison.ratios import MOST_SPREAD, Ratio, Sides, among, compare_rates
from correlator.comparison.summing import Arm, curve_times, sum_up
from correlator.comparison.unknown import Bounds, bounds_of
from correlator.statistics import benjamini_hochberg, log_rank
from correlator.statistics.clusters import FEWEST_CLUSTERS
from correlator.types import ChangeRecord

SEED = 1
# Ratios per change and per line that are nearer to each other than this have not turned round.
TURNED = 1.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Versus:
    """An arm against another. ``flips``: the ratio is above 1 per change and below it per line, or
    the other way round. ``log_rank``: chance of survival curves so far apart if they were the same.
    ``needed``: changes in each arm to see a true ratio of ``SOUGHT``; ``services``: in both;
    ``changes``: of both."""

    arm: str
    against: str
    second: Arm
    changes: int
    ratios: tuple[Ratio, ...]
    bounds: Mapping[tuple[Counted, Unit], Bounds]
    flips: tuple[Counted, ...]
    log_rank: float | None
    needed: int | None
    services: int

    @property
    def few_services(self) -> bool:
        """Too few services to tell how incidents come together in them."""
        return self.services < FEWEST_CLUSTERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What changes came to, told apart by something. ``changes``: in any arm; ``left_out``: those
    that the question does not concern."""

    by: By
    as_of: datetime
    changes: int
    left_out: int
    arms: tuple[Arm, ...]
    versus: tuple[Versus, ...]


def compare(records: Sequence[ChangeRecord], by: By, as_of: datetime) -> Comparison:
    """Compare the changes of a window, told apart by that."""
    found = arms(records, by)
    unknown = found.get(UNKNOWN, ())
    versus = [_versus(pair, unknown, by, as_of) for pair in pairs(found, by)]
    counted = sum(map(len, found.values()))
    return Comparison(
        by=by,
        as_of=as_of,
        changes=counted,
        left_out=len(records) - counted,
        arms=tuple(sum_up(name, mine, as_of) for name, mine in found.items()),
        versus=tuple(_told_of_each_other(versus)),
    )


def _versus(pair: Pair, unknown: Sequence[ChangeRecord], by: By, as_of: datetime) -> Versus:
    ratios, bounds = [], {}
    for of in Counted:
        for unit in Unit:
            sides = Sides(
                of=of,
                unit=unit,
                first=parts(pair.first, of, unit, as_of),
                second=parts(pair.second, of, unit, as_of),
            )
            if (ratio := compare_rates(sides, by, SEED)) is not None:
                ratios.append(ratio)
                bounds[of, unit] = _bounds(sides, parts(unknown, of, unit, as_of))
    second = sum_up(pair.against, pair.second, as_of)
    return Versus(
        arm=pair.arm,
        against=pair.against,
        second=second,
        changes=len(pair.first) + len(pair.second),
        ratios=tuple(ratios),
        bounds=bounds,
        flips=tuple(of for of in Counted if _flips(ratios, of)),
        log_rank=log_rank(curve_times(pair.first), curve_times(pair.second)),
        needed=_needed(ratios),
        services=len({one.service for one in pair.first} & {one.service for one in pair.second}),
    )


def _told_of_each_other(versus: Sequence[Versus]) -> list[Versus]:
    """Every arm's ratio of one sort, adjusted for how many arms are looked at."""
    adjusted: dict[tuple[str, Counted, Unit], Ratio] = {}
    for of in Counted:
        for unit in Unit:
            some = [(one.arm, ratio) for one in versus for ratio in one.ratios
                    if (ratio.of, ratio.unit) == (of, unit) and ratio.enough]  # fmt: skip
            told = among([ratio for _, ratio in some], benjamini_hochberg)
            adjusted |= {(arm, of, unit): one for (arm, _), one in zip(some, told, strict=True)}
    return [
        replace(
            one,
            ratios=tuple(
                adjusted.get((one.arm, ratio.of, ratio.unit), ratio) for ratio in one.ratios
            ),
        )
        for one in versus
    ]


def _bounds(sides: Sides, unknown: Sequence[Part]) -> Bounds:
    first, second = (rate(side) for side in (sides.first, sides.second))
    return bounds_of((first.expected, first.exposure), (second.expected, second.exposure), unknown)


def _flips(ratios: Sequence[Ratio], of: Counted) -> bool:
    """Above 1 by one count and below it by the other, where there is enough for both."""
    found = {one.unit: one.ratio for one in ratios if one.of is of and one.enough and one.ratio}
    each, lines = found.get(Unit.CHANGE), found.get(Unit.LINES)
    if each is None or lines is None or (each - 1) * (lines - 1) >= 0:
        return False
    # Both next to 1 they are on different sides of it by chance, and say the same.
    return max(each / lines, lines / each) >= TURNED


def _needed(ratios: Sequence[Ratio]) -> int | None:
    """By the rate of the arm that is compared with, or of both where it has too few incidents."""
    one = next(
        (one for one in ratios if (one.of, one.unit) == (Counted.INCIDENTS, Unit.CHANGE)), None
    )
    if one is None:
        return None
    spread = one.spread if one.spread is not None and one.spread > MOST_SPREAD else 1.0
    if one.second.expected >= 5:
        return changes_needed(one.second.expected / one.second.exposure, SOUGHT, spread)
    events = one.first.expected + one.second.expected
    return changes_needed(
        (events + 0.5) / (one.first.exposure + one.second.exposure), SOUGHT, spread
    )
