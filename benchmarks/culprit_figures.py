"""Figures of rankings: how often right, how sure, how well the stated chances hold."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.culprit_cases import NAMES, Answer, Labelled
from benchmarks.culprit_fit import NAME_FROM, is_silent, sample
from correlator.ranking.fitting import state
from correlator.ranking.weights import Weights
from correlator.statistics.intervals import clopper_pearson

VARIANTS = ("fresh", "late", "woken", "outage")
BINS = ((0.0, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 1.0))


@dataclass(frozen=True, slots=True)
class Judged:
    """A case, the place of its first culprit, and the chance stated for the first suspect."""

    case: Labelled
    place: int | None
    stated: float

    @property
    def right(self) -> bool:
        """Whether the first suspect is a culprit."""
        return self.place == 1

    @property
    def sure(self) -> bool:
        """Whether the first suspect is named."""
        return self.stated >= NAME_FROM


def judged(answers: Sequence[tuple[Labelled, Weights]]) -> list[Judged]:
    """Places and chances, each by weights that have not seen the case."""
    return [_judged(case, weights) for case, weights in answers]


def _judged(case: Labelled, weights: Weights) -> Judged:
    points = np.array([weights.points[name] for name in NAMES])
    stated = state(sample(case), weights, NAMES).confidence
    return Judged(case, place(case, points), 0.0 if is_silent(case, points) else stated)


def place(case: Labelled, points: np.ndarray) -> int | None:
    """The rank of the first culprit; None if it is not among the candidates."""
    if not case.right.any():
        return None
    order = np.argsort(-(case.strengths @ points), kind="stable")
    return int(np.argmax(case.right[order])) + 1


def figures(mine: Sequence[Judged]) -> dict[str, float]:
    """acc@1, 3, 5, MRR, Brier score, and what is named, right and wrong; seconds."""
    places = [one.place for one in mine]
    sure = [one for one in mine if one.sure]
    seconds = sorted(one.case.seconds for one in mine)
    return {
        "cases": len(mine),
        **{f"acc@{k}": share([bool(at and at <= k) for at in places]) for k in (1, 3, 5)},
        "mrr": share([1 / at if at else 0.0 for at in places]),
        "brier": share([(one.stated - one.right) ** 2 for one in mine]),
        "answered": share([one.sure for one in mine]),
        "right when answered": share([one.right for one in sure]) if sure else 0.0,
        "answered and wrong": share([one.sure and not one.right for one in mine]),
        "seconds": round(seconds[len(seconds) // 2], 2),
        "most seconds": round(seconds[-1], 2),
    }


def share(values: Sequence[float]) -> float:
    """Mean, rounded for people."""
    return round(float(np.mean(np.asarray(values, float))), 3)


def print_table(name: str, lines: Sequence[tuple[str, dict[str, float]]]) -> None:
    """A line a row, with a heading."""
    heads = list(lines[0][1]) if lines else []
    print(f"\n{name:<36} " + " ".join(f"{head[:8]:>8}" for head in heads))
    for label, row in lines:
        cells = (f"{row[head]:>8g}" for head in heads)
        print(f"{label:<36} " + " ".join(cells))


def reliability(name: str, mine: Sequence[Judged]) -> None:
    """Stated against found, in fifths, with 95% intervals; and what is stated at 80% or more."""
    print(f"\n{name}: stated against found")
    for low, high in BINS:
        _bin(f"{low:.0%} to {high:.0%}", [one for one in mine if low <= one.stated < high])
    _bin("80% or more", [one for one in mine if one.stated >= 0.8])
    _bin("75% to 85%", [one for one in mine if 0.75 <= one.stated < 0.85])


def _bin(label: str, inside: Sequence[Judged]) -> None:
    if not inside:
        return
    hits = sum(one.right for one in inside)
    found = clopper_pearson(hits, len(inside))
    stated = np.mean([one.stated for one in inside])
    print(
        f"  {label:<12} {len(inside):>4} cases, stated {stated:4.0%}, found "
        f"{hits / len(inside):4.0%} ({found.low:.0%} to {found.high:.0%})"
    )


def of_rule(answers: Sequence[Answer]) -> dict[str, float]:
    """What an incumbent's answers come to."""
    places = [one.place for one in answers]
    seconds = sorted(one.seconds for one in answers)
    return {
        "cases": len(answers),
        **{f"acc@{k}": share([bool(at and at <= k) for at in places]) for k in (1, 3, 5)},
        "mrr": share([1 / at if at else 0.0 for at in places]),
        "answered": share([one.answered for one in answers]),
        "right when answered": _sure(answers),
        "seconds": round(seconds[len(seconds) // 2], 2),
    }


def _sure(answers: Sequence[Answer]) -> float:
    named = [one.place == 1 for one in answers if one.answered]
    return share(named) if named else 0.0
