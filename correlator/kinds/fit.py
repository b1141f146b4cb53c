"""Trains the model from labels. The only module of the room that knows scikit-learn."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import ThreadpoolController

from correlator.kinds.features import RECIPE, words_of
from correlator.kinds.labels import Labelled, hash_of
from correlator.kinds.model import FORMAT, NAME_FROM, checksum
from correlator.kinds.reading import readings
from correlator.types import Kind

FOLDS = 5
STRENGTH = 30.0
# A kind with fewer labels cannot be in every fold; rules find it, the model does not learn it.
FEWEST = 5
SMALLEST_WEIGHT = 0.02
SHARPNESSES = tuple(np.round(np.arange(0.4, 2.05, 0.05), 2))


def fitted(labels: Sequence[Labelled], version: str) -> dict[str, Any]:
    """A model's file as data: weights from all labels, figures out of fold."""
    vectors, matrix, target = _taught(labels)
    scores, order = _out_of_fold(matrix, target)
    sharpness = float(min(SHARPNESSES, key=lambda one: _loss(scores / one, target, order)))
    data: dict[str, Any] = {
        **_fit(vectors, matrix, target),
        "version": version,
        "labels": hash_of(labels),
        "sharpness": sharpness,
        "metrics": _metrics(scores / sharpness, target, order),
    }
    return {**data, "checksum": checksum(data)}


def without_figures(labels: Sequence[Labelled], sharpness: float) -> dict[str, Any]:
    """The same, five times as fast: a model to be judged by and thrown away."""
    data = {**_fit(*_taught(labels)), "sharpness": sharpness, "labels": "", "metrics": {}}
    data["version"] = "fold"
    return {**data, "checksum": checksum(data)}


def _taught(labels: Sequence[Labelled]) -> tuple[DictVectorizer, Any, np.ndarray]:
    common = _common(labels)
    rows = [dict.fromkeys(words_of(readings(one.event)[0]), 1.0) for one in common]
    vectors = DictVectorizer()
    matrix = _scaled(vectors.fit_transform(rows))
    return vectors, matrix, np.array([one.kind.value for one in common])


def _fit(vectors: DictVectorizer, matrix: Any, target: np.ndarray) -> dict[str, Any]:
    model = _regression(matrix, target)
    return {
        "format": FORMAT,
        "recipe": RECIPE,
        "kinds": [str(name) for name in model.classes_],
        "intercepts": [round(float(one), 4) for one in model.intercept_],
        "weights": _weights(model, vectors.get_feature_names_out()),
    }


def _regression(matrix: Any, target: np.ndarray) -> LogisticRegression:
    """On one thread: so little work is done fifteen times as fast without handing it around, and
    the sums have one order, whatever the machine."""
    with ThreadpoolController().limit(limits=1):
        return LogisticRegression(C=STRENGTH, max_iter=500, tol=1e-3).fit(matrix, target)


def _common(labels: Sequence[Labelled]) -> list[Labelled]:
    counts = {kind: sum(one.kind is kind for one in labels) for kind in Kind}
    return [one for one in labels if counts[one.kind] >= FEWEST]


def _scaled(matrix: Any) -> Any:
    """Each failure's features divided by the root of their number, as the model computes it."""
    counts = np.asarray(matrix.sum(axis=1)).ravel()
    return matrix.multiply(1.0 / np.sqrt(np.maximum(counts, 1.0))[:, None]).tocsr()


def _out_of_fold(matrix: Any, target: np.ndarray) -> tuple[np.ndarray, list[str]]:
    order = sorted(set(target))
    scores = np.zeros((len(target), len(order)))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    for learn, judge in folds.split(np.zeros(len(target)), target):
        model = _regression(matrix[learn], target[learn])
        at = [order.index(name) for name in model.classes_]
        scores[np.ix_(judge, at)] = model.decision_function(matrix[judge])
    return scores, order


def _chances(scores: np.ndarray) -> np.ndarray:
    parts = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(parts / parts.sum(axis=1, keepdims=True))


def _loss(scores: np.ndarray, target: np.ndarray, order: list[str]) -> float:
    chances = _chances(scores)
    right = chances[np.arange(len(target)), [order.index(name) for name in target]]
    return float(-np.log(np.maximum(right, 1e-9)).mean())


def _metrics(scores: np.ndarray, target: np.ndarray, order: list[str]) -> dict[str, Any]:
    chances = _chances(scores)
    best = np.array(order)[chances.argmax(axis=1)]
    named = (chances.max(axis=1) >= NAME_FROM) & (best != Kind.UNCLASSIFIED.value)
    right = best == target
    return {
        "labels": len(target),
        "folds": FOLDS,
        "named": round(float(named.mean()), 3),
        "right_when_named": round(float(right[named].mean()), 3) if named.any() else None,
        "stated_when_named": round(float(chances.max(axis=1)[named].mean()), 3)
        if named.any()
        else None,
        "log_loss": round(_loss(scores, target, order), 3),
    }


def _weights(model: Any, names: Any) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for row, kind in zip(model.coef_, model.classes_, strict=True):
        for name, value in zip(names, row, strict=True):
            if abs(value) >= SMALLEST_WEIGHT:
                found.setdefault(str(name), {})[str(kind)] = round(float(value), 3)
    return dict(sorted(found.items()))
