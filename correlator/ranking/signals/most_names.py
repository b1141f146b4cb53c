"""Names that the event and the change share, against the other candidates."""

from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal


@signal("most-names")
def most_names(case: Case, candidate: Candidate) -> Finding | None:
    """No other candidate shares so many telling names with the event."""
    score, most = case.line_scores[candidate.age], max(case.line_scores)
    if not score:
        return None
    share = score / most
    because = (
        "no other candidate shares so many telling names with the error"
        if share == 1
        else f"it shares names with the error, {share:.0%} of what the closest candidate does"
    )
    return Finding(share, because)
