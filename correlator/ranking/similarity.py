"""How much a change speaks of what the trace speaks of: BM25 over identifiers and their parts.

Okapi BM25 (Robertson and Walker 1994), with the candidates of the case as the collection: a name
that few of them touch says much. Names split into their parts (``get_group_by``: group), so that
a message in prose can meet code.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from correlator.ranking.words import COMMON, WORD

SATURATION = 1.2
LENGTH = 0.6
PART_WEIGHT = 0.5
_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


@lru_cache(maxsize=65536)
def parts(word: str) -> tuple[str, ...]:
    """``~group`` and ``~refs`` of ``groupRefs``; marked, so that no identifier is mistaken."""
    found = {part.lower() for part in _PART.findall(word)}
    return tuple(f"~{part}" for part in found if len(part) > 2 and part not in COMMON)


def counts(text: str) -> Counter[str]:
    """Identifiers of a text, and their parts, with how often."""
    found = Counter(WORD.findall(text))
    for word in COMMON.intersection(found):
        del found[word]
    for word, times in list(found.items()):
        for part in parts(word):
            found[part] += times
    return found


def part_counts(text: str) -> Counter[str]:
    """Only the parts: for prose, where a name's spelling is chance."""
    return Counter({word: n for word, n in counts(text).items() if word.startswith("~")})


def asked(texts: Iterable[tuple[str, float]]) -> dict[str, float]:
    """The question: (text, weight) pairs become words with the largest weight each has."""
    wanted: dict[str, float] = {}
    for text, weight in texts:
        for word in WORD.findall(text):
            if word in COMMON:
                continue
            wanted[word] = max(wanted.get(word, 0.0), weight)
            for part in parts(word):
                wanted[part] = max(wanted.get(part, 0.0), weight * PART_WEIGHT)
    return wanted


class Collection:
    """The documents of a case: what each candidate's lines, or message, speak of."""

    def __init__(self, documents: Sequence[Mapping[str, int]]) -> None:
        self.documents = documents
        self._lengths = [sum(document.values()) for document in documents]
        self._mean = max(1.0, sum(self._lengths) / max(1, len(documents)))
        count = Counter(word for document in documents for word in document)
        total = len(documents)
        self.rarity = {word: math.log((total + 1) / (n + 0.5)) for word, n in count.items()}

    def scores(self, wanted: Mapping[str, float]) -> list[float]:
        """BM25 of every document; only the question's words are looked at."""
        return [self._score(wanted, at) for at in range(len(self.documents))]

    def shared(self, wanted: Mapping[str, float], at: int) -> list[str]:
        """Whole words that a document shares with the question, the most telling first."""
        document = self.documents[at]
        both = [word for word in wanted if word in document and not word.startswith("~")]
        return sorted(both, key=lambda word: (-wanted[word] * self.rarity[word], word))

    def _score(self, wanted: Mapping[str, float], at: int) -> float:
        document = self.documents[at]
        stretch = 1 - LENGTH + LENGTH * self._lengths[at] / self._mean
        total = 0.0
        for word in wanted.keys() & document.keys():
            times = document[word]
            gain = times * (SATURATION + 1) / (times + SATURATION * stretch)
            total += wanted[word] * self.rarity[word] * gain
        return total
