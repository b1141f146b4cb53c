"""Cases in which the truth is known: counts drawn from it, and the intervals that are told.

Each case is a name, the truth, and a draw: by dice, the intervals of one run, by their names; None
where a kind of interval has nothing to say of a run.
"""

from collections.abc import Callable, Iterator, Sequence
from math import exp, inf, log, sqrt
from random import Random

from correlator.comparison import Rate
from correlator.comparison.imputing import imputed
from correlator.comparison.mislabelled import at_rates
from correlator.statistics import Interval, Stratum, mantel_haenszel, rate_ratio, wilson

Cases = Iterator[tuple[str, float, Callable[[Random], dict[str, Interval | None]]]]


def poisson(dice: Random, mean: float) -> int:
    """A count with that mean (by the waiting times of a process of rate 1)."""
    count, at = 0, dice.expovariate(1.0)
    while at < mean:
        count, at = count + 1, at + dice.expovariate(1.0)
    return count


def wilson_cases() -> Cases:
    """Shares of few and of many."""
    for of in (20, 100, 500):
        for share in (0.02, 0.1, 0.43):

            def draw(
                dice: Random, of: int = of, share: float = share
            ) -> dict[str, Interval | None]:
                hits = sum(dice.random() < share for _ in range(of))
                return {"wilson": wilson(hits, of)}

            yield f"{share:.0%} of {of}", share, draw


def ratio_cases() -> Cases:
    """Two arms, counts in known exposure."""
    for ratio in (1.0, 1.7):
        for first, second, rate in ((100, 200, 0.02), (300, 700, 0.02), (300, 700, 0.1)):
            label = f"{ratio:g} times, {first} and {second} at {rate:.0%}"

            def draw(
                dice: Random, a: int = first, b: int = second, x: float = rate, r: float = ratio
            ) -> dict[str, Interval | None]:
                mine, others = poisson(dice, a * x * r), poisson(dice, b * x)
                found = rate_ratio(mine, a, others, b)
                return {
                    "mid-P": found.mid_p,
                    "exact": found.exact,
                    "shown": found.shown,
                    "Wald": wald(mine, a, others, b),
                }

            yield label, ratio, draw


def wald(mine: float, first: float, others: float, second: float) -> Interval | None:
    """The interval that is not used: no answer where an arm has no events."""
    if not mine or not others:
        return None
    half = 1.96 * sqrt(1 / mine + 1 / others)
    middle = log(mine / first * second / others)
    return Interval(exp(middle - half), exp(middle + half))


def strata_cases() -> Cases:
    """A rough service where AI works most, and a calm one where people do."""
    for ratio in (1.0, 1.7):
        for size in (100, 400):
            rough, calm = (4 * size, size, 0.2), (size, 4 * size, 0.04)

            def draw(
                dice: Random,
                services: Sequence[tuple[int, int, float]] = (rough, calm),
                r: float = ratio,
            ) -> dict[str, Interval | None]:
                strata = [
                    Stratum(poisson(dice, a * x * r), a, poisson(dice, b * x), b)
                    for a, b, x in services
                ]
                crude = rate_ratio(
                    int(sum(one.first for one in strata)),
                    sum(one.first_exposure for one in strata),
                    int(sum(one.second for one in strata)),
                    sum(one.second_exposure for one in strata),
                )
                pooled, interval = mantel_haenszel(strata)
                return {"MH": interval if pooled else None, "crude mid-P": crude.mid_p}

            yield f"{ratio:g} times, {5 * size} changes an arm", ratio, draw


def culprit_cases() -> Cases:
    """Nobody knows who did it: chances that are calibrated, and more or less sure."""
    for ratio in (1.0, 1.7):
        for events, sureness in ((10, 1.0), (40, 1.0), (40, 4.0), (200, 1.0)):
            label = f"{ratio:g} times, about {events} incidents, sureness {1 / sureness:g}"

            def draw(
                dice: Random, n: int = events, s: float = sureness, r: float = ratio
            ) -> dict[str, Interval | None]:
                share = r / (r + 1)
                found = [
                    (chance, 1 - chance)
                    for _ in range(poisson(dice, n))
                    if (chance := dice.betavariate(share / s, (1 - share) / s)) is not None
                ]
                return _culprits(found, dice)

            yield label, ratio, draw


def _culprits(found: Sequence[tuple[float, float]], dice: Random) -> dict[str, Interval | None]:
    mine, others = (sum(pair[side] for pair in found) for side in (0, 1))
    if min(mine, others) < 0.5:
        return dict.fromkeys(("bootstrap", "by dice", "rounded mid-P", "shown"))
    drawn = imputed(found, 1.0, 1.0)
    whole = rate_ratio(round(mine), 1.0, round(others), 1.0)
    low, high = min(drawn.low, whole.shown.low), max(drawn.high, whole.shown.high)
    return {
        "bootstrap": drawn,
        "by dice": plain_bootstrap(found, dice),
        "rounded mid-P": whole.mid_p,
        "shown": Interval(low, high),
    }


def plain_bootstrap(found: Sequence[tuple[float, float]], dice: Random) -> Interval:
    """Incidents drawn anew, each given to an arm by its chance."""
    drawn = []
    for _ in range(400):
        first = sum(dice.random() < pair[0] for pair in dice.choices(found, k=len(found)))
        drawn.append(first / (len(found) - first) if first < len(found) else inf)
    drawn.sort()
    return Interval(*(drawn[round(at * 399)] for at in (0.025, 0.975)))


def few_cases() -> Cases:
    """Fewer than ten events together: then the exact interval is the one that is shown."""
    for ratio in (1.0, 1.7):
        for first, second in ((60, 60), (30, 150)):

            def draw(
                dice: Random, a: int = first, b: int = second, r: float = ratio
            ) -> dict[str, Interval | None]:
                mine, others = poisson(dice, a * 0.03 * r), poisson(dice, b * 0.03)
                if mine + others >= 10:
                    return dict.fromkeys(("mid-P", "exact", "shown"))
                found = rate_ratio(mine, a, others, b)
                return {"mid-P": found.mid_p, "exact": found.exact, "shown": found.shown}

            yield f"{ratio:g} times, {first} and {second} at 3%", ratio, draw


def label_cases() -> Cases:
    """A share of each arm is labelled as the other, and the shares are known."""
    for ratio in (1.0, 1.7, 3.0):
        for changes in (400, 2000):
            for place in (0, 1):
                missed, wrong = ((0.2, 0.05), (0.4, 0.05))[place]

                def draw(
                    dice: Random, n: int = changes, r: float = ratio, at: int = place
                ) -> dict[str, Interval | None]:
                    return _mislabelled(dice, n, r, at)

                label = f"{ratio:g} times, {changes} changes, {missed:.0%} and {wrong:.0%}"
                yield label, ratio, draw


def _mislabelled(
    dice: Random, changes: int, ratio: float, place: int
) -> dict[str, Interval | None]:
    missed, wrong = ((0.2, 0.05), (0.4, 0.05))[place]
    counts = [[0, 0], [0, 0]]
    for at in range(changes):
        is_first = at < changes * 0.4
        looks_first = dice.random() >= missed if is_first else dice.random() < wrong
        events = poisson(dice, 0.08 * (ratio if is_first else 1.0))
        counts[not looks_first][0] += events
        counts[not looks_first][1] += 1
    (mine, first), (others, second) = counts
    seen = rate_ratio(mine, first, others, second).shown
    rates = [Rate(expected=one, issues=one, exposure=of, changes=of) for one, of in counts]
    told = at_rates(rates[0], rates[1], seen)[place]
    return {"as labelled": seen, "at wrong labels": told.interval}
