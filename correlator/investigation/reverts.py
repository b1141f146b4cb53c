"""Which changes were taken back for good: reverts that nobody reverted in turn."""

from collections.abc import Iterable

from correlator.provenance.merged import reverted_by
from correlator.types import Commit


def standing_reverts(commits: Iterable[Commit]) -> dict[str, Commit]:
    """By full hash of a change: the newest revert of it that still stands.

    ``commits``: children before parents. A revert that was itself reverted counts for nothing; one
    that was brought back by reverting its revert counts again.
    """
    undone: dict[str, Commit] = {}
    for commit in commits:
        target = reverted_by(commit)
        if target and commit.sha not in undone:
            undone.setdefault(target, commit)
    return undone
