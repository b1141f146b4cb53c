"""Fits and judges the ranking's weights: conditional logit, Platt's calibration, grouped folds.

The loss of a case is -log of the culprit's chance, mixed with a floor: a case that no signal can
explain must not bend the weights. Woken cases are few in life, and weigh little here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from benchmarks.culprit_cases import Labelled

RIDGE = 0.2
FLOOR = 0.1
WEIGHT = {"fresh": 1.0, "late": 1.0, "woken": 0.1}
CALIBRATION_WEIGHT = {"fresh": 1.0, "late": 1.0, "woken": 0.5}


@dataclass(frozen=True)
class Fitted:
    """Points a signal, the score of none of these, and Platt's two numbers."""

    points: np.ndarray
    none: float
    slope: float = 1.0
    offset: float = 0.0


def fit_points(cases: Sequence[Labelled]) -> np.ndarray:
    """Points that make culprits likely among their candidates."""
    known = [case for case in cases if case.right.any()]
    width = known[0].strengths.shape[1]

    def loss(points: np.ndarray) -> tuple[float, np.ndarray]:
        total, slope = RIDGE * points @ points, 2 * RIDGE * points
        for case in known:
            scores = case.strengths @ points
            chances = np.exp(scores - scores.max())
            chances /= chances.sum()
            right = chances[case.right].sum()
            mixed = (1 - FLOOR) * right + FLOOR / 10
            weight = WEIGHT[case.variant]
            total -= weight * np.log(mixed)
            pull = chances[case.right] @ case.strengths[case.right]
            change = pull - right * (chances @ case.strengths)
            slope -= weight * (1 - FLOOR) * change / mixed
        return total, slope

    return np.asarray(minimize(loss, np.zeros(width), jac=True, method="L-BFGS-B").x)


def top(case: Labelled, points: np.ndarray) -> tuple[float, float, bool]:
    """Score of the first, log-sum of the others' exponentials, and whether the first is right."""
    scores = case.strengths @ points
    best = int(np.argmax(scores))
    others = np.delete(scores, best)
    rest = float(np.logaddexp.reduce(others)) if len(others) else -50.0
    return float(scores[best]), rest, bool(case.right[best])


def confidence(case: Labelled, fitted: Fitted) -> float:
    """The stated confidence in the first candidate."""
    first, rest, _ = top(case, fitted.points)
    logit = first - float(np.logaddexp(rest, fitted.none))
    return float(1 / (1 + np.exp(-(fitted.slope * logit + fitted.offset))))


def folds(cases: Sequence[Labelled], count: int = 10, seed: int = 0) -> np.ndarray:
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


def out_of_fold(cases: Sequence[Labelled], seed: int = 0) -> list[tuple[Labelled, Fitted]]:
    """Each case with a fit that has not seen its regression or its culprit.

    The calibration of a fold rests on scores that are themselves out of fold within the rest.
    """
    fold = folds(cases, seed=seed)
    answers: list[tuple[Labelled, Fitted]] = []
    for number in sorted(set(fold)):
        seen = [case for case, at in zip(cases, fold, strict=True) if at != number]
        fitted = calibrated(seen)
        answers += [(c, fitted) for c, at in zip(cases, fold, strict=True) if at == number]
    return answers


def calibrated(cases: Sequence[Labelled]) -> Fitted:
    """The fit on all cases, its confidence calibrated on out-of-fold scores."""
    points = fit_points(cases)
    fold = folds(cases, seed=1)
    held: list[tuple[tuple[float, float, bool], Labelled]] = []
    for number in sorted(set(fold)):
        part = fit_points([case for case, at in zip(cases, fold, strict=True) if at != number])
        held += [(top(c, part), c) for c, at in zip(cases, fold, strict=True) if at == number]
    return _calibrate(held, points)


def _calibrate(
    held: list[tuple[tuple[float, float, bool], Labelled]], points: np.ndarray
) -> Fitted:
    right = np.array([ok for (_, _, ok), _ in held])
    weight = np.array([CALIBRATION_WEIGHT[case.variant] for _, case in held])
    best: tuple[float, Fitted] | None = None
    for none in np.arange(0.0, 9.0, 0.5):
        logits = np.array([[first - np.logaddexp(rest, none)] for (first, rest, _), _ in held])
        model = LogisticRegression(C=1.0).fit(logits, right, sample_weight=weight)
        chance = model.predict_proba(logits)[:, 1]
        loss = -np.average(np.where(right, np.log(chance), np.log(1 - chance)), weights=weight)
        if best is None or loss < best[0]:
            slope, offset = float(model.coef_[0, 0]), float(model.intercept_[0])
            best = (float(loss), Fitted(points, float(none), slope, offset))
    assert best is not None
    return best[1]
