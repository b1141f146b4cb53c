"""Names on the lines and in the locals near the crash."""

from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal


@signal("near-words")
def near_words(case: Case, candidate: Candidate) -> Finding | None:
    """Its changed lines speak of names on the crash line or in the locals near it."""
    shared = sorted(case.near_words & candidate.words, key=lambda w: -case.rarity[w])
    if not shared:
        return None
    strength = min(1.0, sum(case.rarity[word] for word in shared[:8]) / 16)
    names = ", ".join(shared[:3])
    return Finding(strength, f"it changed lines with names that stand near the crash: {names}")
