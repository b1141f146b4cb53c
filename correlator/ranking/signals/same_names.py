"""Names that the event and the change share."""

from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal

FULL = 40.0


@signal("same-names")
def same_names(case: Case, candidate: Candidate) -> Finding | None:
    """Its changed lines speak of what message, code lines and locals speak of (BM25)."""
    score = case.line_scores[candidate.age]
    shared = case.lines.shared(case.asked, candidate.age)[:4]
    if not score or not shared:
        return None
    return Finding(min(1.0, score / FULL), f"its lines and the error both name {', '.join(shared)}")
