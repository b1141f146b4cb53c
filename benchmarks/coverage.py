"""Whether the intervals hold the truth as often as they say: 95 of 100 times.

    python -m benchmarks.coverage [--runs 2000] [--seed 1] [--only NAME]

Counts are drawn from known rates and the interval is asked whether it holds the truth. ``wilson``:
shares of 20 to 500. ``ratio``: two arms of changes at 2 and 10 incidents in a hundred, true ratios
1 and 1.7: mid-P, exact, which of them is shown, and Wald's. ``few``: the same of runs with fewer
than ten events together. ``strata``: two services of unlike rates with unlike shares of each arm,
so that the crude ratio is biased: Mantel-Haenszel and crude. ``culprits``: every incident has a
suspect of either arm with calibrated chances (a Beta distribution with the truth as its mean), so
that nobody knows who did it: the bootstrap over incidents as the page has it and drawn by dice,
mid-P on the rounded sums, and what is shown. ``labels``: a share of each arm has the other's label:
the interval as if labels were right, and the one that is told for that share. ``clusters`` (a fifth
of the runs: each is a whole comparison): incidents come together in services, in people's work, or
in weeks: mid-P alone, whole clusters drawn anew, and what is shown.

'below' and 'above': the truth lay under or over the interval. 'width': median of high over low.
The standard error of a share of 2,000 runs is half a percentage point.
"""

import argparse
from dataclasses import dataclass, field
from math import inf
from random import Random
from statistics import median

from benchmarks.coverage_cases import (
    culprit_cases,
    few_cases,
    label_cases,
    ratio_cases,
    strata_cases,
    wilson_cases,
)
from benchmarks.coverage_clusters import cluster_cases
from correlator.statistics import Interval


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


CASES = {
    "wilson": wilson_cases,
    "ratio": ratio_cases,
    "few": few_cases,
    "strata": strata_cases,
    "culprits": culprit_cases,
    "labels": label_cases,
    "clusters": cluster_cases,
}
# Each run of these is a whole comparison of hundreds of changes.
SLOW = {"clusters": 5}


def measure(name: str, runs: int, seed: int) -> None:
    """Print how often each interval of each case held the truth."""
    print(f"\n{name}: {runs} runs a case")
    print(f"{'case':44} {'interval':16} {'held':>7} {'below':>7} {'above':>7} {'width':>8}")
    for label, truth, draw in CASES[name]():
        dice = Random(seed)
        scores: dict[str, Score] = {}
        for _ in range(runs):
            for which, interval in draw(dice).items():
                scores.setdefault(which, Score()).add(interval, truth)
        for which, score in scores.items():
            told = runs - score.none
            shares = (
                f"{100 * part / max(told, 1):6.1f}%"
                for part in (score.held, score.below, score.above)
            )
            width = median(score.widths) if score.widths else inf
            print(f"{label:44} {which:16} {' '.join(shares)} {width:8.2f}", flush=True)
            label = ""


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=[*CASES, "all"], default="all")
    given = parser.parse_args()
    for name in CASES if given.only == "all" else (given.only,):
        measure(name, given.runs // SLOW.get(name, 1), given.seed)


if __name__ == "__main__":
    main()
