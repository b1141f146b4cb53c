"""How sure: from scores to chances, with "none of these" among the candidates."""

import math
from collections.abc import Sequence

from correlator.ranking.weights import Weights

SUREST = 0.99


def chances(scores: Sequence[float], weights: Weights) -> list[float]:
    """Calibrated chance of each candidate, best score first; they sum to at most 1.

    Softmax over the scores and the score of "none of these", then Platt's correction of the
    first; the rest share what is left in proportion.
    """
    if not scores:
        return []
    top = max(*scores, weights.none)
    raw = [math.exp(score - top) for score in scores]
    total = sum(raw) + math.exp(weights.none - top)
    first = platt(raw[0] / total, weights.slope, weights.offset)
    left, others = 1 - first, total - raw[0]
    return [first, *(left * share / others for share in raw[1:])]


def platt(chance: float, slope: float, offset: float) -> float:
    """Logistic correction of a chance (Platt 1999), kept off 0 and 1."""
    chance = min(max(chance, 1e-6), 1 - 1e-6)
    stated = 1 / (1 + math.exp(-(slope * math.log(chance / (1 - chance)) + offset)))
    # Some hundred cases bear out no greater certainty than this.
    return min(stated, SUREST)
