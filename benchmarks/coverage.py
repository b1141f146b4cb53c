"""Whether the intervals hold the truth as often as they say: 95 of 100 times.

    python -m benchmarks.coverage [--runs 2000] [--seed 1] [--only wilson|ratio|strata|culprits|all]

Counts are drawn from known rates and the interval is asked whether it holds the truth. ``wilson``:
shares of 20 to 500. ``ratio``: two arms of changes at 2 and 10 incidents in a hundred, true ratios
1 and 1.7: mid-P, exact, which of them is shown, and Wald's. ``strata``: two services of unlike
rates with unlike shares of each arm, so that the crude ratio is biased: Mantel-Haenszel and crude.
``culprits``: every incident has a suspect of either arm with calibrated chances (a Beta
distribution with the truth as its mean), so that nobody knows who did it: the bootstrap over
incidents as the page has it and drawn by dice, mid-P on the rounded sums, and what is shown.
'below' and 'above': the truth lay under or over the interval. 'width': median of high over low.
The standard error of a share of 2,000 runs is half a percentage point.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import exp, inf, log, sqrt
from random import Random
from statistics import median

from correlator.comparison.imputing import imputed
from correlator.statistics import Interval, Stratum, mantel_haenszel, rate_ratio, wilson

Cases = Iterator[tuple[str, float, Callable[[Random], dict[str, Interval | None]]]]


@dataclass(slots=True)
class Score:
    """How one kind of interval fared in one case."""

    held: int = 0
    below: int = 0
    above: int = 0
    none: int = 0
    widths: list[float] = field(default_factory=list)

    def add(self, interval: Interval | None, truth: float) -> None:
        """One more interval."""
        if interval is None:
            self.none += 1
            return
        self.held += interval.holds(truth)
        self.below += truth < interval.low
        self.above += truth > interval.high
        self.widths.append(interval.high / interval.low if interval.low > 0 else inf)


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


CASES = {
    "wilson": wilson_cases,
    "ratio": ratio_cases,
    "strata": strata_cases,
    "culprits": culprit_cases,
}


def measure(name: str, runs: int, seed: int) -> None:
    """Print how often each interval of each case held the truth."""
    print(f"\n{name}: {runs} runs a case")
    print(f"{'case':44} {'interval':14} {'held':>7} {'below':>7} {'above':>7} {'width':>8}")
    for label, truth, draw in CASES[name]():
        dice = Random(seed)
        scores: dict[str, Score] = {}
        for _ in range(runs):
            for which, interval in draw(dice).items():
                scores.setdefault(which, Score()).add(interval, truth)
        for which, score in scores.items():
            told = runs - score.none
            shares = (
                f"{100 * part / told:6.1f}%" for part in (score.held, score.below, score.above)
            )
            print(f"{label:44} {which:14} {' '.join(shares)} {median(score.widths):8.2f}")
            label = ""


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=[*CASES, "all"], default="all")
    given = parser.parse_args()
    for name in CASES if given.only == "all" else (given.only,):
        measure(name, given.runs, given.seed)


if __name__ == "__main__":
    main()
