"""Fits the ranking's weights on labelled cases: the priors, and what each case counts for.

The fit itself is ``correlator.ranking.fitting``, as for an installation's own weights. Woken cases
are few in life, and weigh little here. Every case counts the same, whatever its project: to weigh
down those of a project with many was no better for repositories that no weights had seen.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression

from benchmarks.culprit_cases import NAMES, Labelled
from correlator.ranking.fitting import Drawn, Sample, fit_points, folds, raw_logit
from correlator.ranking.weights import Weights

VERSION = "2026.11-3"
NAME_FROM = 0.55
RIDGE = 0.2
# Where the weights are drawn to without evidence. The cases at hand are libraries' (deep traces,
# every name called everywhere), where the first seldom decides; in applications' short traces the
# code that was called has returned. Of events that come right after a deploy, most are its doing.
PRIOR = {"called-function": 3.0, "in-range": 5.5}
# Rules whose weight is set, not fitted: what they are for is too rare among the cases at hand to
# be weighed by them, and fitting it would only chase chance (see docs/verdicts.md).
HELD = {
    "fits-failure": 3.0,
    "namesake": 0.4,
    "no-code": -1.0,
    "removed-guard": 0.5,
    "same-class": 0.3,
    "same-program": -10.0,
    "signature": 0.4,
    "taken-back": -6.0,
    "took-away": 4.0,
}
# Evidence against a change. Whatever the cases say by chance, no other signal may speak against
# one, and none of these for it.
AGAINST = frozenset({"age", "long-standing", "no-code", "same-program", "taken-back"})
WEIGHT = {"fresh": 1.0, "late": 1.0, "woken": 0.1}
CALIBRATION_WEIGHT = {"fresh": 1.0, "late": 1.0, "woken": 0.75, "outage": 1.0}
FOLDS, INNER_FOLDS = 10, 5


def drawn(names: Sequence[str] = NAMES) -> Drawn:
    """What the points of these signals are drawn to, and their signs."""
    return Drawn(
        centre=np.array([HELD.get(name, PRIOR.get(name, 0.0)) for name in names]),
        ridge=RIDGE,
        free=np.array([name not in HELD for name in names]),
        bounds=[(None, 0.0) if name in AGAINST else (0.0, None) for name in names],
    )


def sample(case: Labelled, weight: float = 1.0) -> Sample:
    """A case as the fit takes it."""
    return Sample(
        strengths=case.strengths,
        right=case.right,
        wrong=np.zeros_like(case.right),
        about=(case.regression, *case.culprits),
        weight=weight,
        ranged=case.variant != "late",
    )


def points_of(
    cases: Sequence[Labelled],
    names: Sequence[str] = NAMES,
    start: np.ndarray | None = None,
) -> np.ndarray:
    """Points for the signals ``names``, which are the columns of the cases' strengths."""
    known = [case for case in cases if case.right.any()]
    samples = [sample(case, WEIGHT[case.variant]) for case in known]
    return fit_points(samples, drawn(names), start)


def is_silent(case: Labelled, points: np.ndarray) -> bool:
    """Whether the verdict would be that the failure comes from outside."""
    return case.external and not bool(case.ours[int(np.argmax(case.strengths @ points))])


def parted(
    cases: Sequence[Labelled], count: int, seed: int
) -> Iterator[tuple[list[Labelled], list[Labelled]]]:
    """Fold by fold: the other folds' cases, and its own. Variants of a regression and regressions
    of a culprit stay together."""
    fold = folds([sample(case) for case in cases], count, seed)
    for number in sorted(set(fold)):
        seen = [case for case, at in zip(cases, fold, strict=True) if at != number]
        yield seen, [case for case, at in zip(cases, fold, strict=True) if at == number]


def by_repository(cases: Sequence[Labelled]) -> Iterator[tuple[list[Labelled], list[Labelled]]]:
    """Repository by repository: the cases of all others, and its own."""
    for repo in sorted({case.repo for case in cases}):
        own = [case for case in cases if case.repo == repo]
        yield [case for case in cases if case.repo != repo], own


def out_of_fold(cases: Sequence[Labelled], seed: int = 0) -> list[tuple[Labelled, Weights]]:
    """Each case with weights that have not seen its regression or its culprit.

    The calibration of a fold rests on scores that are themselves out of fold within the rest.
    """
    return _apart(parted(cases, FOLDS, seed))


def out_of_repository(cases: Sequence[Labelled]) -> list[tuple[Labelled, Weights]]:
    """Each case with weights that have seen no case of its repository."""
    return _apart(by_repository(cases))


def _apart(
    parts: Iterator[tuple[list[Labelled], list[Labelled]]],
) -> list[tuple[Labelled, Weights]]:
    answers: list[tuple[Labelled, Weights]] = []
    for seen, unseen in parts:
        weights = calibrated(seen)
        answers += [(case, weights) for case in unseen]
    return answers


def calibrated(cases: Sequence[Labelled]) -> Weights:
    """The fit on all cases, its confidence calibrated on out-of-fold scores."""
    whole = points_of(cases)
    held: list[tuple[Labelled, np.ndarray]] = []
    for seen, unseen in parted(cases, INNER_FOLDS, seed=1):
        points = points_of(seen, start=whole)
        held += [(case, points) for case in unseen if not is_silent(case, points)]
    none, slope, offset, unranged = _calibration(held)
    return Weights(
        version=VERSION,
        points={name: float(value) for name, value in zip(NAMES, whole, strict=True)},
        none=none,
        slope=slope,
        offset=offset,
        unranged=unranged,
        name_from=NAME_FROM,
    )


def _calibration(
    held: Sequence[tuple[Labelled, np.ndarray]],
) -> tuple[float, float, float, float]:
    """The score of "none of these", Platt's slope and offset, and what is added to the offset
    where no range is known, of the least loss."""
    cases = [case for case, _ in held]
    right = np.array([bool(case.right[int(np.argmax(case.strengths @ p))]) for case, p in held])
    weight = np.array([CALIBRATION_WEIGHT[case.variant] for case in cases])
    unranged = np.array([case.variant == "late" for case in cases], float)
    best: tuple[float, float, float, float, float] | None = None
    for none in np.arange(0.0, 14.0, 0.5):
        logits = np.array([raw_logit(sample(case), points, none) for case, points in held])
        logits = np.column_stack([logits, unranged])
        model = LogisticRegression(C=1.0).fit(logits, right, sample_weight=weight)
        chance = model.predict_proba(logits)[:, 1]
        loss = -np.average(np.where(right, np.log(chance), np.log(1 - chance)), weights=weight)
        if best is None or loss < best[0]:
            slope, away = (float(value) for value in model.coef_[0])
            best = float(loss), float(none), slope, float(model.intercept_[0]), away
    assert best is not None
    return best[1:]
