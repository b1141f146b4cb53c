"""Years without this error."""

from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal


@signal("long-standing")
def long_standing(case: Case, candidate: Candidate) -> Finding | None:
    """It has stood for more than a year, or more than three, without this error."""
    if case.ranged and candidate.in_range:
        return None
    newest = case.candidates[0].commit.committed_at
    days = (newest - candidate.commit.committed_at).days
    if days < 365:
        return None
    years = "three years" if days >= 3 * 365 else "a year"
    strength = 1.0 if days >= 3 * 365 else 0.5
    return Finding(strength, f"it stood for over {years} before the deployed revision")
