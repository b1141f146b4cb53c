"""Names anywhere in the trace."""

from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal


@signal("trace-words")
def trace_words(case: Case, candidate: Candidate) -> Finding | None:
    """Its changed lines speak of names that the whole trace speaks of, locals included."""
    rest = case.trace_words - case.near_words
    shared = sorted(rest & candidate.words, key=lambda w: -case.rarity[w])
    if not shared:
        return None
    strength = min(1.0, sum(case.rarity[word] for word in shared[:12]) / 24)
    return Finding(strength, "it changed lines with names of the trace: " + ", ".join(shared[:3]))
