"""What the commit message speaks of."""

from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal


@signal("same-subject")
def same_subject(case: Case, candidate: Candidate) -> Finding | None:
    """Its message speaks of what the error and the trace speak of."""
    score = case.message_scores[candidate.age]
    return Finding(score, "its message speaks of what the trace speaks of") if score else None
