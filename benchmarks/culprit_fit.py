"""Fits and judges the ranking's weights: conditional logit, Platt's calibration, grouped folds.

The loss of a case is -log of the culprit's chance, mixed with a floor: a case that no signal can
explain must not bend the weights. Woken cases are few in life, and weigh little here; a project
with many cases weighs more than one with few, but only by the square root of how many.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from benchmarks.culprit_cases import NAMES, Labelled

RIDGE = 0.2
# Where the weights are drawn to without evidence. The cases at hand are libraries' (deep traces,
# every name called everywhere), where these seldom decide; in applications' short traces the
# code that was called has returned, and the name that is missing was taken away by somebody.
PRIOR = {"called-function": 3.0, "took-away": 3.0}
# Rules whose weight is set, not fitted: what they are for is too rare among the cases at hand to
# be weighed by them, and fitting it would only chase chance (see docs/verdicts.md).
HELD = {
    "fits-failure": 3.0,
    "namesake": 0.4,
    "removed-guard": 0.5,
    "same-class": 0.3,
    "same-program": -10.0,
    "signature": 0.4,
    "sweep": -2.0,
    "taken-back": -6.0,
}
FLOOR = 0.1
WEIGHT = {"fresh": 1.0, "late": 1.0, "woken": 0.1}
CALIBRATION_WEIGHT = {"fresh": 1.0, "late": 1.0, "woken": 0.5, "outage": 1.0}
FOLDS, INNER_FOLDS = 10, 5


@dataclass(frozen=True)
class Fitted:
    """Points a signal, the score of none of these, and Platt's two numbers."""

    points: np.ndarray
    none: float
    slope: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True)
class Held:
    """A case as a fit that has not seen it scores it: the first, and log-sum-exp of the rest."""

    case: Labelled
    first: float
    rest: float
    right: bool
    silent: bool


def shares(cases: Sequence[Labelled]) -> np.ndarray:
    """How much each case counts among the others, by its project; 1 on average."""
    count = Counter(case.repo for case in cases)
    weights = np.array([count[case.repo] ** -0.5 for case in cases])
    return np.asarray(weights / weights.mean())


def fit_points(
    cases: Sequence[Labelled],
    columns: Sequence[int] | None = None,
    start: np.ndarray | None = None,
) -> np.ndarray:
    """Points that make culprits likely among their candidates.

    ``columns``: which of the signals the strengths hold, if not all; ``start``: points that are
    close already.
    """
    known = [case for case in cases if case.right.any()]
    names = NAMES if columns is None else [NAMES[at] for at in columns]
    prior = np.array([HELD.get(name, PRIOR.get(name, 0.0)) for name in names])
    free = np.array([name not in HELD for name in names])
    rows = np.concatenate([case.strengths for case in known])
    right = np.concatenate([case.right for case in known]).astype(float)
    sizes = np.array([len(case.shas) for case in known])
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    weight = shares(known) * np.array([WEIGHT[case.variant] for case in known])

    def loss(points: np.ndarray) -> tuple[float, np.ndarray]:
        away = points - prior
        scores = rows @ points
        scores -= np.repeat(np.maximum.reduceat(scores, starts), sizes)
        chances = np.exp(scores)
        chances /= np.repeat(np.add.reduceat(chances, starts), sizes)
        hit = np.add.reduceat(chances * right, starts)
        mixed = (1 - FLOOR) * hit + FLOOR / 10
        pull = np.repeat(weight * (1 - FLOOR) / mixed, sizes)
        change = chances * (right - np.repeat(hit, sizes))
        total = RIDGE * away @ away - weight @ np.log(mixed)
        return float(total), free * (2 * RIDGE * away - rows.T @ (pull * change))

    return np.asarray(
        minimize(loss, prior if start is None else start, jac=True, method="L-BFGS-B").x
    )


def judge(case: Labelled, points: np.ndarray) -> Held:
    """What these points make of a case."""
    scores = case.strengths @ points
    best = int(np.argmax(scores))
    others = np.delete(scores, best)
    rest = float(np.logaddexp.reduce(others)) if len(others) else -50.0
    silent = case.external and not bool(case.ours[best])
    return Held(case, float(scores[best]), rest, bool(case.right[best]), silent)


def confidence(case: Labelled, fitted: Fitted) -> float:
    """The stated confidence in the first candidate; 0 where it looks external."""
    held = judge(case, fitted.points)
    if held.silent:
        return 0.0
    logit = held.first - float(np.logaddexp(held.rest, fitted.none))
    return float(1 / (1 + np.exp(-(fitted.slope * logit + fitted.offset))))


def folds(cases: Sequence[Labelled], count: int = FOLDS, seed: int = 0) -> np.ndarray:
    """Fold of each case; variants of a regression and regressions of a culprit stay together."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        parent.setdefault(name, name)
        while parent[name] != name:
            name = parent[name]
        return name

    for case in cases:
        for culprit in case.culprits:
            parent[root(case.regression)] = root(culprit)
    roots = [root(case.regression) for case in cases]
    names = sorted(set(roots))
    np.random.default_rng(seed).shuffle(names)
    place = {name: at % count for at, name in enumerate(names)}
    return np.array([place[name] for name in roots])


def parted(
    cases: Sequence[Labelled], count: int, seed: int
) -> Iterator[tuple[list[Labelled], list[Labelled]]]:
    """Fold by fold: the other folds' cases, and its own."""
    fold = folds(cases, count, seed)
    for number in sorted(set(fold)):
        seen = [case for case, at in zip(cases, fold, strict=True) if at != number]
        yield seen, [case for case, at in zip(cases, fold, strict=True) if at == number]


def out_of_fold(cases: Sequence[Labelled], seed: int = 0) -> list[tuple[Labelled, Fitted]]:
    """Each case with a fit that has not seen its regression or its culprit.

    The calibration of a fold rests on scores that are themselves out of fold within the rest.
    """
    answers: list[tuple[Labelled, Fitted]] = []
    for seen, unseen in parted(cases, FOLDS, seed):
        fitted = calibrated(seen)
        answers += [(case, fitted) for case in unseen]
    return answers


def calibrated(cases: Sequence[Labelled]) -> Fitted:
    """The fit on all cases, its confidence calibrated on out-of-fold scores."""
    whole = fit_points(cases)
    held: list[Held] = []
    for seen, unseen in parted(cases, INNER_FOLDS, seed=1):
        points = fit_points(seen, start=whole)
        held += [judge(case, points) for case in unseen]
    return _calibrate([one for one in held if not one.silent], whole)


def _calibrate(held: Sequence[Held], points: np.ndarray) -> Fitted:
    right = np.array([one.right for one in held])
    weight = np.array([CALIBRATION_WEIGHT[one.case.variant] for one in held])
    weight *= shares([one.case for one in held])
    best: tuple[float, Fitted] | None = None
    for none in np.arange(0.0, 12.0, 0.5):
        logits = np.array([[one.first - np.logaddexp(one.rest, none)] for one in held])
        model = LogisticRegression(C=1.0).fit(logits, right, sample_weight=weight)
        chance = model.predict_proba(logits)[:, 1]
        loss = -np.average(np.where(right, np.log(chance), np.log(1 - chance)), weights=weight)
        if best is None or loss < best[0]:
            slope, offset = float(model.coef_[0, 0]), float(model.intercept_[0])
            best = (float(loss), Fitted(points, float(none), slope, offset))
    assert best is not None
    return best[1]
