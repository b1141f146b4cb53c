"""Fits points and calibration on labelled samples: conditional logit, then Platt's correction.

The one fit behind the shipped weights (benchmarks/fit_culprits.py) and behind an installation's
own. Both are drawn to a prior; for an installation that is what was shipped, so that few labels
move little. NumPy, SciPy and
scikit-learn are imported here and nowhere else in the program: only a training imports this.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from threadpoolctl import ThreadpoolController

from correlator.ranking.confidence import chances
from correlator.ranking.weights import Weights

# Part of a sample's chance that no points can take away: one that no signal can explain must not
# bend the weights.
FLOOR = 0.1
_LEAST = 1e-6
# These matrices are small: threads only wait for one another, at eight times the cost.
_THREADS = ThreadpoolController()


@dataclass(frozen=True, eq=False, kw_only=True)
class Sample:
    """One labelled issue: ``strengths`` (candidate by signal), and what is known of each candidate.

    ``right``: culprits; ``wrong``: ruled out. ``about``: the changes that the label is about, which
    no training may have seen that judges it; ``weight``: how far the label is to be believed.
    """

    strengths: np.ndarray
    right: np.ndarray
    wrong: np.ndarray
    about: tuple[str, ...]
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What some weights say of a sample: the loss of its label in nats, the confidence in the
    first candidate, and whether the first is right (None: nobody knows)."""

    loss: float
    confidence: float
    first_is_right: bool | None


@dataclass(frozen=True, eq=False, kw_only=True)
class Drawn:
    """Where points are drawn to without evidence, and where they may lie.

    ``ridge``: half the inverse variance of the normal prior around ``centre``; ``free``: which are
    fitted (all, if None); ``bounds``: least and most of each, None for no limit.
    """

    centre: np.ndarray
    ridge: float
    floor: float = FLOOR
    free: np.ndarray | None = None
    bounds: Sequence[tuple[float | None, float | None]] | None = None


def fit_points(
    samples: Sequence[Sample], drawn: Drawn, start: np.ndarray | None = None
) -> np.ndarray:
    """Points that make culprits likely among the candidates and ruled-out ones unlikely.

    ``start``: points that are close already.
    """
    told = [one for one in samples if one.right.any() or one.wrong.any()]
    if not told:
        return drawn.centre
    rows = np.concatenate([one.strengths for one in told])
    wanted = np.concatenate([one.right if one.right.any() else ~one.wrong for one in told])
    sizes = np.array([len(one.right) for one in told])
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    weight = np.array([one.weight for one in told])
    floor, ridge = drawn.floor, drawn.ridge
    free = np.ones(len(drawn.centre)) if drawn.free is None else drawn.free.astype(float)

    def loss(points: np.ndarray) -> tuple[float, np.ndarray]:
        scores = rows @ points
        share = np.exp(scores - np.repeat(np.maximum.reduceat(scores, starts), sizes))
        share /= np.repeat(np.add.reduceat(share, starts), sizes)
        good = np.add.reduceat(share * wanted, starts)
        mixed = (1 - floor) * good + floor / 10
        away = points - drawn.centre
        pull = share * (wanted - np.repeat(good, sizes)) * np.repeat(weight / mixed, sizes)
        total = ridge * away @ away - weight @ np.log(mixed)
        return float(total), free * (2 * ridge * away - (1 - floor) * (pull @ rows))

    begin = drawn.centre if start is None else start
    with _THREADS.limit(limits=1):
        found = minimize(loss, begin, jac=True, method="L-BFGS-B", bounds=drawn.bounds)
    return np.asarray(found.x)


def fit_platt(
    logits: np.ndarray, right: np.ndarray, prior: tuple[float, float], ridge: float
) -> tuple[float, float]:
    """Slope and offset of a logistic correction of logits, drawn to a prior."""
    start = np.array(prior)

    def loss(at: np.ndarray) -> tuple[float, np.ndarray]:
        stated = 1 / (1 + np.exp(-(at[0] * logits + at[1])))
        stated = np.clip(stated, _LEAST, 1 - _LEAST)
        away, off = at - start, stated - right
        fit = -np.where(right, np.log(stated), np.log(1 - stated)).sum()
        return float(fit + ridge * away @ away), np.array(
            [off @ logits, off.sum()]
        ) + 2 * ridge * away

    bounds = ((0.05, 5), (-5, 5))
    with _THREADS.limit(limits=1):
        found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    return float(found[0]), float(found[1])


def raw_logit(sample: Sample, points: np.ndarray, none: float) -> float:
    """Log odds that the first candidate is it, before they are corrected."""
    scores = sample.strengths @ points
    best = int(np.argmax(scores))
    others = np.delete(scores, best)
    rest = float(np.logaddexp.reduce(others)) if len(others) else -50.0
    return float(scores[best] - np.logaddexp(rest, none))


def state(sample: Sample, weights: Weights, names: Sequence[str]) -> Stated:
    """What the weights say of a sample, in the very terms in which verdicts are stated."""
    points = np.array([weights.points.get(name, 0.0) for name in names])
    scores = sample.strengths @ points
    order = np.argsort(-scores, kind="stable")
    likely = np.array(chances([float(score) for score in scores[order]], weights))
    right, wrong = sample.right[order], sample.wrong[order]
    known: bool | None = bool(right[0])
    truth = float(likely[right].sum())
    if not right.any():
        truth, known = 1.0 - float(likely[wrong].sum()), False if wrong[0] else None
    return Stated(
        loss=-math.log(min(max(truth, _LEAST), 1.0)),
        confidence=float(likely[0]),
        first_is_right=known,
    )


def groups_of(samples: Sequence[Sample]) -> tuple[str, ...]:
    """A name for each sample; those that share a change, directly or by others, share it."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        parent.setdefault(name, name)
        while parent[name] != name:
            name = parent[name]
        return name

    for one in samples:
        for other in one.about[1:]:
            parent[root(other)] = root(one.about[0])
    return tuple(root(one.about[0]) for one in samples)


def folds(samples: Sequence[Sample], count: int = 10, seed: int = 0) -> np.ndarray:
    """Fold of each sample; those of one group are in one fold."""
    groups = groups_of(samples)
    names = sorted(set(groups))
    np.random.default_rng(seed).shuffle(names)
    place = {name: at % count for at, name in enumerate(names)}
    return np.array([place[group] for group in groups], int)


def chance_by_luck(gains: Sequence[float], groups: Sequence[str], flips: int = 9999) -> float:
    """How often gains of this size on average come by luck alone: a sign-flip test by group.

    One-sided p of "no better": the signs of the groups' summed gains are thrown anew ``flips``
    times (Fisher 1935). The same gains give the same answer.
    """
    names = sorted(set(groups))
    place = {name: at for at, name in enumerate(names)}
    sums = np.zeros(len(names))
    for gain, group in zip(gains, groups, strict=True):
        sums[place[group]] += gain
    signs = np.random.default_rng(0).choice((-1.0, 1.0), size=(flips, len(sums)))
    as_good = int((signs @ sums >= sums.sum() - 1e-12).sum())
    return (as_good + 1) / (flips + 1)
