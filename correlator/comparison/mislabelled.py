"""Wrong labels: what a ratio would be had provenance been told wrong, and how much undoes it.

Labels err, most of all by taking unmarked work of an agent for a person's. That draws a ratio
towards 1 as long as labels err alike whether a change went wrong or not. The other question is of
the worst case: how few labels, all of changes that went wrong, would have to be the other arm's.
"""

from bisect import bisect
from dataclasses import dataclass
from math import inf, isfinite

from correlator.comparison.arms import By
from correlator.comparison.counting import Rate
from correlator.statistics import Interval, rate_ratio

# Shares of the first arm's changes that were labelled as the second's, and the other way round.
RATES = ((0.2, 0.05), (0.4, 0.05))
# Of these questions the arms are told apart by who or what wrote a change.
OF_PROVENANCE = frozenset({By.PROVENANCE, By.TOOL, By.MODEL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mislabelled:
    """The ratio if ``missed`` of the first arm's changes had been labelled as the second's, and
    ``wrong`` of the second's as the first's, and its interval; None: then there would be no such
    arms."""

    missed: float
    wrong: float
    ratio: float | None
    interval: Interval | None


def at_rates(first: Rate, second: Rate, shown: Interval) -> tuple[Mislabelled, ...]:
    """The true ratio behind the one that is seen, at each of the stated rates of error.

    Of exposure and of events alike a share of each arm has the other's label, so both are two
    linear equations (Rothman, Greenland and Lash, Modern Epidemiology, chapter on bias analysis).
    At given rates of error the true ratio only rises with the one that is seen, so that the ends
    of its interval are those of ``shown``, taken through the same equations.
    """
    return tuple(_behind(first, second, shown, missed, wrong) for missed, wrong in RATES)


def _behind(first: Rate, second: Rate, shown: Interval, missed: float, wrong: float) -> Mislabelled:
    total = first.exposure + second.exposure
    exposure = (first.exposure - wrong * total) / (1 - missed - wrong)
    seen = _over(first.expected, second.expected) * second.exposure / first.exposure

    def true(ratio: float) -> float:
        # The share of all events that are labelled as the first arm's, given how many there are.
        share = 1.0 if ratio == inf else ratio / (ratio + second.exposure / first.exposure)
        return _over(share - wrong, 1 - missed - share) * (total - exposure) / exposure

    ratio = true(seen) if 0 < exposure < total else 0.0
    if not 0 < ratio < inf:
        return Mislabelled(missed=missed, wrong=wrong, ratio=None, interval=None)
    interval = Interval(true(shown.low), true(shown.high))
    return Mislabelled(missed=missed, wrong=wrong, ratio=ratio, interval=interval)


def _over(above: float, below: float) -> float:
    """From 0 on, and infinite where nothing is left to divide by."""
    if above <= 0:
        return 0.0
    return above / below if below > 0 else inf


def undone_by(first: Rate, second: Rate, wider: float) -> int | None:
    """How few changes with an incident would have to be the other arm's for the interval to hold 1.

    ``wider``: how many times as wide the interval that is shown is as mid-P, as a logarithm. They
    move from the arm with the higher rate, each with the exposure of a change. None: it holds 1
    as it is.
    """
    if not _leaves_out_one(first, second, 0, wider):
        return None
    # More of them never bring it back: the fewest by halving.
    moves = range(1, max(round(first.expected), round(second.expected)) + 1)
    fewest = bisect(moves, 0, key=lambda one: not _leaves_out_one(first, second, one, wider))
    return moves[fewest]


def _leaves_out_one(first: Rate, second: Rate, moved: int, wider: float) -> bool:
    high, low = (first, second) if _is_higher(first, second) else (second, first)
    each = high.exposure / max(high.changes, 1)
    exposure = high.exposure - moved * each
    events = round(high.expected) - moved
    if events <= 0 or exposure <= 0:
        return False
    found = rate_ratio(events, exposure, round(low.expected) + moved, low.exposure + moved * each)
    if found.ratio is None or not isfinite(found.ratio):
        return found.mid_p.low > 1
    return found.ratio > 1 and found.ratio * (found.mid_p.low / found.ratio) ** wider > 1


def _is_higher(first: Rate, second: Rate) -> bool:
    return first.expected * second.exposure >= second.expected * first.exposure
