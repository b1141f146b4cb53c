"""Uncertain culprits carried through: how far a ratio may vary because nobody knows who did it.

An incident has a chance of being one arm's and a chance of being the other's. The ratio is that of
the sums of chances. For its interval incidents are drawn anew, with replacement, and each is given
to an arm by its chances (a bootstrap over incidents with the culprit imputed in every draw, after
Rubin 1987). Such a draw is nothing but a multinomial with the mean chances, so that its percentiles
are those of a binomial and need no dice. Whole clusters are drawn by dice that are seeded, so that
a page stays what it is. `benchmarks/coverage.py` says how often these intervals hold the truth.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from random import Random

from correlator.comparison.counting import Part
from correlator.statistics import Interval, bootstrap
from correlator.statistics.functions import binomial_below
from correlator.types import ChangeRecord

CERTAIN = 0.999
DRAWS = 2_000
# Chances thrown in all: with many incidents fewer rounds say as much.
MOST_THROWS = 400_000
FEWEST_ROUNDS, MOST_ROUNDS = 20, 200
Chances = Sequence[tuple[float, float]]
ClusterOf = Callable[[ChangeRecord], str]


@dataclass(frozen=True, slots=True)
class Sums:
    """Exposure of both arms and their events, once a round."""

    first_exposure: float
    second_exposure: float
    rounds: tuple[tuple[int, int], ...]


def chances(first: Sequence[Part], second: Sequence[Part]) -> tuple[tuple[float, float], ...]:
    """Of each issue, the chance that it is the first arm's and that it is the second's."""
    found: dict[int, list[float]] = {}
    for place, side in enumerate((first, second)):
        for part in side:
            for one in part.blamed:
                found.setdefault(one.issue_id, [0.0, 0.0])[place] += one.probability
    return tuple(
        (mine / max(mine + other, 1.0), other / max(mine + other, 1.0))
        for mine, other in (found[issue] for issue in sorted(found))
    )


def are_certain(all_chances: Chances) -> bool:
    """Whether every issue has one culprit, and nobody doubts it."""
    return all(max(pair) >= CERTAIN for pair in all_chances)


def rounds_of(all_chances: Chances) -> int:
    """How often the culprits are thrown."""
    return max(FEWEST_ROUNDS, min(MOST_ROUNDS, MOST_THROWS // max(len(all_chances), 1)))


def impute(all_chances: Chances, rounds: int, dice: Random) -> tuple[tuple[int, int], ...]:
    """Events of both arms, each round with every culprit thrown anew."""
    return tuple(_throw(all_chances, dice) for _ in range(rounds))


def _throw(all_chances: Chances, dice: Random) -> tuple[int, int]:
    first = second = 0
    for mine, other in all_chances:
        thrown = dice.random()
        first += thrown < mine
        second += mine <= thrown < mine + other
    return first, second


def imputed(all_chances: Chances, first: float, second: float) -> Interval:
    """The 95% interval of the ratio of rates, ``first`` and ``second`` being the exposures."""
    mine, others = (sum(pair[side] for pair in all_chances) for side in (0, 1))
    together = round(mine + others)
    if not together:
        return Interval(0.0, inf)
    low, high = (_drawn(together, mine / (mine + others), tail) for tail in (0.025, 0.975))
    return Interval(
        low / (together - low) * second / first if low < together else inf,
        high / (together - high) * second / first if high < together else inf,
    )


def _drawn(of: int, share: float, tail: float) -> int:
    """The count that ``tail`` of all draws do not go beyond: the quantile of a binomial."""
    low, high = 0, of
    while low < high:
        middle = (low + high) // 2
        enough = binomial_below(middle, of, share) >= tail
        low, high = (low, middle) if enough else (middle + 1, high)
    return low


def by_cluster(
    sides: tuple[Sequence[Part], Sequence[Part]], of: ClusterOf, rounds: int, seed: int
) -> tuple[Sums, ...]:
    """The exposure and the thrown events of each cluster that has changes of either arm."""
    dice = Random(seed)  # noqa: S311 - a simulation, not a secret
    mine, others = (_sorted(side, of) for side in sides)
    return tuple(
        Sums(
            sum(part.exposure for part in mine.get(name, ())),
            sum(part.exposure for part in others.get(name, ())),
            impute(chances(mine.get(name, ()), others.get(name, ())), rounds, dice),
        )
        for name in sorted({*mine, *others})
    )


def _sorted(parts: Sequence[Part], of: ClusterOf) -> dict[str, list[Part]]:
    found: dict[str, list[Part]] = {}
    for part in parts:
        found.setdefault(of(part.record), []).append(part)
    return found


def clustered(clusters: Sequence[Sums], seed: int) -> Interval | None:
    """The interval of the ratio when whole clusters are drawn anew; None with fewer than ten."""
    dice = Random(seed)  # noqa: S311 - a simulation, not a secret

    def ratio(drawn: Sequence[Sums]) -> float | None:
        one = dice.randrange(len(drawn[0].rounds))
        first = sum(cluster.rounds[one][0] for cluster in drawn)
        second = sum(cluster.rounds[one][1] for cluster in drawn)
        exposed = sum(cluster.first_exposure for cluster in drawn)
        against = sum(cluster.second_exposure for cluster in drawn)
        return first / exposed * against / second if exposed and second else None

    return bootstrap(clusters, ratio, seed=seed, draws=DRAWS // 2)
