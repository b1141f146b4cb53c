"""Reverts: what was taken back before this deploy cannot have failed in it."""

from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal


@signal("taken-back")
def taken_back(case: Case, candidate: Candidate) -> Finding | None:
    """A later commit of the deployed revision reverted it, and nobody landed it again."""
    by = case.reverted.get(candidate.commit.sha)
    return Finding(1.0, f"{by[:12]} reverted it before this deploy") if by else None
