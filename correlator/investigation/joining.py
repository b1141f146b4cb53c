"""Joins suspects of other services to a verdict: one list, one sum of chances, one answer.

Each is weighed against what this service's own deploy leaves unexplained: "none of these", and the
changes that ran before without harm, which do not say why it fails only now. What it takes, it
takes from all in proportion. No number of cases bears these chances out, so they stop well short
of sure.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

from correlator.ranking.weights import Weights
from correlator.types import Abstention, Suspect, Verdict

SUREST = 0.9
LEAST_OPEN = 0.02
MOST_AHEAD = 4.0
MOST_SUSPECTS = 10


def join(verdict: Verdict, others: Sequence[Suspect], weights: Weights) -> Verdict:
    """The verdict with these suspects in their places; unchanged if there are none that are new."""
    known = {one.sha for one in verdict.suspects}
    others = [one for one in others if one.sha not in known]
    if not others:
        return verdict
    here = sum(one.probability for one in verdict.suspects if one.in_range)
    unexplained = max(LEAST_OPEN, 1.0 - here)
    odds = [unexplained * math.exp(min(one.score - weights.none, MOST_AHEAD)) for one in others]
    total = 1.0 + sum(odds)
    # What is cut off the top goes to nobody: it is "none of these" that gets more likely.
    cut = min(1.0, SUREST * total / max(odds))
    own = [replace(one, probability=one.probability / total) for one in verdict.suspects]
    new = [
        replace(one, probability=odd * cut / total) for one, odd in zip(others, odds, strict=True)
    ]
    merged = sorted([*own, *new], key=lambda one: -one.probability)[:MOST_SUSPECTS]
    return _answer(verdict, tuple(merged), weights)


def _answer(verdict: Verdict, merged: tuple[Suspect, ...], weights: Weights) -> Verdict:
    first = merged[0]
    shown = replace(verdict, suspects=merged, confidence=first.probability, weights=weights.version)
    if first.probability >= weights.name_from and first.service is not None:
        because = "; ".join(row.because for row in first.evidence if row.points > 0)
        return replace(shown, abstained=None, because=because)
    if verdict.abstained is not None:
        return shown
    if first.probability < weights.name_from:
        because = "a change of another service is about as likely as one of this"
        return replace(shown, abstained=Abstention.NOTHING_STANDS_OUT, because=because)
    return shown
