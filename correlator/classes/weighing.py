"""Outlines as vectors: rare tokens weigh more, and no aspect outvotes the others by its length.

Inverse document frequency (Spärck Jones 1972), smoothed; each aspect is brought to a length of its
own, then the whole to length 1, so that the product of two is their likeness (cosine, 0 to 1).
Plain Python: a new issue is placed with it in a worker that never loads a numeric library.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from correlator.classes.outline import aspect_of

# What agreeing in an aspect is worth. Where it failed and what it said count most: type, kind and
# ancestry together stay below any bar for being of one class.
ASPECTS: Mapping[str, float] = {
    "type": 1.0,
    "parent": 0.5,
    "cause": 0.5,
    "kind": 1.0,
    "diff": 0.5,
    "saying": 0.8,
    "word": 1.6,
    "name": 1.0,
    "at": 1.5,
    "place": 1.6,
    "frame": 1.0,
    "lib": 1.0,
    "code": 1.3,
}
Vector = dict[str, float]


def rarity(outlines: Iterable[Sequence[str]], least: int = 1) -> dict[str, float]:
    """How much a token weighs, of those that ``least`` outlines have: the fewer, the more."""
    counts: Counter[str] = Counter()
    number = 0
    for tokens in outlines:
        counts.update(set(tokens))
        number += 1
    return {
        token: 1.0 + math.log((1 + number) / (1 + count))
        for token, count in counts.items()
        if count >= least
    }


def vector_of(tokens: Sequence[str], rare: Mapping[str, float], rarest: float) -> Vector:
    """The unit vector of an outline; a token that is not known weighs as the rarest."""
    by_aspect: dict[str, list[tuple[str, float]]] = {}
    for token in tokens:
        aspect = aspect_of(token)
        if aspect in ASPECTS:
            by_aspect.setdefault(aspect, []).append((token, rare.get(token, rarest)))
    total = math.sqrt(sum(ASPECTS[aspect] ** 2 for aspect in by_aspect)) or 1.0
    found: Vector = {}
    for aspect, weighed in by_aspect.items():
        length = math.sqrt(sum(weight * weight for _, weight in weighed)) or 1.0
        scale = ASPECTS[aspect] / length / total
        found.update((token, weight * scale) for token, weight in weighed)
    return found


def product(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """How alike two vectors are; the shorter one is gone through."""
    if len(one) > len(other):
        one, other = other, one
    return sum(weight * other[token] for token, weight in one.items() if token in other)


def mean_of(vectors: Sequence[Vector]) -> Vector:
    """The mean of some vectors: its product with a vector is the mean likeness to them."""
    total: dict[str, float] = {}
    for vector in vectors:
        for token, weight in vector.items():
            total[token] = total.get(token, 0.0) + weight
    return {token: weight / len(vectors) for token, weight in total.items()}
