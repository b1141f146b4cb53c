"""Names in the error's message."""

from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal


@signal("said-words")
def said_words(case: Case, candidate: Candidate) -> Finding | None:
    """Its changed lines speak of names that the error's message speaks of."""
    shared = sorted(case.said & candidate.words, key=lambda w: -case.rarity[w])
    if not shared:
        return None
    strength = min(1.0, sum(case.rarity[word] for word in shared[:5]) / 10)
    return Finding(strength, "it changed lines that speak of " + ", ".join(shared[:3]))
