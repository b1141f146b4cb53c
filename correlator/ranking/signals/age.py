"""How long a change has been there without this error; only counts against it."""

import math

from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal


@signal("age")
def age(case: Case, candidate: Candidate) -> Finding | None:
    """It is older than the range, and the older, the less likely; there is no cut."""
    if case.ranged and candidate.in_range:
        return None
    newest = case.candidates[0].commit.committed_at
    days = max(0, (newest - candidate.commit.committed_at).days)
    if not days:
        return None
    how = f"{days} days" if days < 730 else f"{days // 365} years"
    return Finding(math.log1p(days / 30) / 4, f"it went in {how} before the deployed revision")
