"""How often the rule of replacement is fooled by luck, and how often it sees what is there.

    python -m benchmarks.refit_rule [--repeats 20]

Made issues: strengths at random, the culprit drawn by the shipped weights ("alike": any replacement
is luck) or by others that the house would need ("other": a rule that never replaces is no use).
"""

import argparse
from dataclasses import replace

import numpy as np

from correlator.ranking.fitting import Sample
from correlator.ranking.refitting import decide
from correlator.ranking.weights import Weights, shipped

NAMES = tuple(sorted(shipped().points))
# There is always a culprit among the made candidates, drawn by the bare chances.
USING = replace(shipped(), none=-20.0, slope=1.0, offset=0.0)
CANDIDATES = 25
SIZES = (10, 30, 60, 120)


def main() -> None:
    """A line a kind of house and number of labelled issues."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=20)
    repeats = parser.parse_args().repeats
    for house, truth in (("alike", shipped()), ("other", other(1.0)), ("far other", other(2.5))):
        for size in SIZES:
            replaced = sum(
                decide(issues(size, truth, seed), USING, NAMES).is_better for seed in range(repeats)
            )
            print(f"{house:<10} {size:>4} issues: replaced {replaced} of {repeats}", flush=True)


def other(by: float) -> Weights:
    """Weights that lie this far (standard deviation, in points) from the shipped ones."""
    luck = np.random.default_rng(7)
    points = {name: at + by * luck.standard_normal() for name, at in shipped().points.items()}
    return replace(shipped(), points=points)


def issues(count: int, truth: Weights, seed: int) -> list[Sample]:
    """Issues whose culprits are drawn as these weights would have it; one culprit in three has
    two issues."""
    luck = np.random.default_rng((seed, count))
    points = np.array([truth.points[name] for name in NAMES])
    made = []
    for number in range(count):
        seen = luck.random((CANDIDATES, len(NAMES))) < 0.3
        strengths = seen * luck.random((CANDIDATES, len(NAMES)))
        share = np.exp(strengths @ points)
        right = np.zeros(CANDIDATES, bool)
        right[luck.choice(CANDIDATES, p=share / share.sum())] = True
        about = (str(number - (number % 3 == 2)),)
        wrong = np.zeros(CANDIDATES, bool)
        made.append(Sample(strengths=strengths, right=right, wrong=wrong, about=about))
    return made


if __name__ == "__main__":
    main()
