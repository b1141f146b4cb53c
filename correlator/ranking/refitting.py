"""An installation's own weights: refitted around the shipped ones, and judged on unseen cases.

The rule of replacement is stated here, whole: see ``decide``. It is strict, because it is asked
again each week: a rule that luck passes one time in twenty is passed within the year.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from correlator.ranking.fitting import (
    Drawn,
    Sample,
    Stated,
    chance_by_luck,
    fit_platt,
    fit_points,
    folds,
    groups_of,
    raw_logit,
    state,
)
from correlator.ranking.weights import Weights

# The prior is a normal distribution around each shipped weight, of 1/sqrt(2 * 3) = 0.41 points.
RIDGE = 3.0
PLATT_RIDGE = 20.0
LEAST_CASES = 30
LEAST_GROUPS = 20
LUCK = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Own and shipped weights on the same held-out samples, and what follows from it."""

    is_better: bool
    because: str
    metrics: Mapping[str, Any]


def refit(samples: Sequence[Sample], shipped: Weights, names: Sequence[str]) -> Weights:
    """The shipped weights, moved by the samples; "none of these" and the bar stay as shipped.

    They stay because labels of suspects know nothing of cases that have no culprit.
    """
    start = np.array([shipped.points.get(name, 0.0) for name in names])
    points = fit_points(samples, Drawn(centre=start, ridge=RIDGE))
    logits, right = _held_out_logits(samples, start, shipped.none)
    slope, offset = shipped.slope, shipped.offset
    if len(logits):
        slope, offset = fit_platt(logits, right, (slope, offset), PLATT_RIDGE)
    found = {
        name: round(float(value), 3)
        for name, value in zip(names, points, strict=True)
        if name in shipped.points
    }
    return replace(
        shipped, points=found, slope=round(slope, 4), offset=round(offset, 4), metrics={}
    )


def _held_out_logits(
    samples: Sequence[Sample], start: np.ndarray, none: float
) -> tuple[np.ndarray, np.ndarray]:
    """Log odds and truth of the first candidates, each under points that have not seen it."""
    logits, right = [], []
    fold = folds(samples, 3, seed=1)
    for number in sorted(set(fold)):
        seen = [one for one, at in zip(samples, fold, strict=True) if at != number]
        points = fit_points(seen, Drawn(centre=start, ridge=RIDGE))
        for one, at in zip(samples, fold, strict=True):
            best = int(np.argmax(one.strengths @ points))
            if at == number and (one.right.any() or one.wrong[best]):
                logits.append(raw_logit(one, points, none))
                right.append(bool(one.right[best]))
    return np.array(logits), np.array(right, bool)


def held_out(
    samples: Sequence[Sample], shipped: Weights, names: Sequence[str]
) -> list[tuple[Stated, Stated]]:
    """What own and shipped weights state of each sample; the own ones have not seen its group."""
    fold = folds(samples)
    answers: list[tuple[Stated, Stated] | None] = [None] * len(samples)
    for number in sorted(set(fold)):
        seen = [one for one, at in zip(samples, fold, strict=True) if at != number]
        own = refit(seen, shipped, names)
        for place, (one, at) in enumerate(zip(samples, fold, strict=True)):
            if at == number:
                answers[place] = (state(one, own, names), state(one, shipped, names))
    return [answer for answer in answers if answer is not None]


def decide(samples: Sequence[Sample], shipped: Weights, names: Sequence[str]) -> Judged:
    """Whether own weights are better than the shipped ones on cases they have not seen.

    All of these must hold: at least 30 labelled issues of at least 20 different culprits; a lower
    mean loss that luck would show less than once in a hundred times (sign flips by culprit); no
    fewer first places; no more wrong changes named.
    """
    names_of = groups_of(samples)
    groups = len(set(names_of))
    if len(samples) < LEAST_CASES or groups < LEAST_GROUPS:
        because = (
            f"{len(samples)} labelled issues of {groups} culprits are too few to tell: "
            f"it takes {LEAST_CASES} of {LEAST_GROUPS}"
        )
        return Judged(is_better=False, because=because, metrics={})
    answers = held_out(samples, shipped, names)
    weight = [one.weight for one in samples]
    own = figures([mine for mine, _ in answers], weight, shipped.name_from)
    theirs = figures([other for _, other in answers], weight, shipped.name_from)
    gains = [
        (other.loss - mine.loss) * one.weight
        for (mine, other), one in zip(answers, samples, strict=True)
    ]
    luck = chance_by_luck(gains, names_of)
    metrics = {"own": own, "shipped": theirs, "luck": round(luck, 4), "groups": groups}
    for holds, because in (
        (own["loss"] < theirs["loss"], "its loss on unseen cases is not lower"),
        (luck < LUCK, f"luck alone would show as much {luck:.1%} of the time"),
        (own["first right"] >= theirs["first right"], "it puts fewer culprits first"),
        (own["named and wrong"] <= theirs["named and wrong"], "it names more wrong changes"),
    ):
        if not holds:
            return Judged(is_better=False, because=because, metrics=metrics)
    because = (
        f"loss {own['loss']:.3f} instead of {theirs['loss']:.3f} on {len(samples)} unseen issues, "
        f"which luck would show {luck:.2%} of the time"
    )
    return Judged(is_better=True, because=because, metrics=metrics)


def figures(
    stated: Sequence[Stated], weight: Sequence[float], name_from: float
) -> dict[str, float]:
    """Mean loss (weighted), Brier score, and counts of the first place and of what is named."""
    known = [one for one in stated if one.first_is_right is not None]
    named = [one for one in known if one.confidence >= name_from]
    brier = [(one.confidence - bool(one.first_is_right)) ** 2 for one in known]
    return {
        "cases": len(stated),
        "loss": round(float(np.average([one.loss for one in stated], weights=weight)), 4),
        "brier": round(float(np.mean(brier)), 4) if brier else 0.0,
        "first right": sum(bool(one.first_is_right) for one in known),
        "first known": len(known),
        "named": len(named),
        "named and wrong": sum(not one.first_is_right for one in named),
    }


def newer_is_worse(
    samples: Sequence[Sample], unseen: Sequence[bool], using: Weights, shipped: Weights
) -> bool:
    """Whether own weights in use fare better than newer ones on what neither has seen.

    ``unseen``: samples whose labels are newer than the weights in use. The newer weights are those
    that were fitted without the sample.
    """
    names = tuple(sorted(shipped.points))
    old = {group for group, new in zip(groups_of(samples), unseen, strict=True) if not new}
    telling = [
        (mine.loss - state(one, using, names).loss) * one.weight
        for one, group, new, (mine, _) in zip(
            samples, groups_of(samples), unseen, held_out(samples, shipped, names), strict=True
        )
        if new and group not in old
    ]
    return not telling or sum(telling) > 0
