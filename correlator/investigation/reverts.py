"""Which changes were taken back for good: reverts that nobody reverted in turn."""

from collections.abc import Iterable, Mapping, Sequence

from correlator.provenance.merged import all_reverted_in, request_of, reverted_request
from correlator.types import Commit

# Commits of one merge that are looked through.
LARGEST_MERGE = 500


def standing_reverts(commits: Iterable[Commit]) -> dict[str, Commit]:
    """By full hash of a change: the newest revert of it that still stands.

    ``commits``: children before parents. A revert that was itself reverted counts for nothing; one
    that was brought back by reverting its revert counts again. GitHub's button names no commit
    but the pull request: then it is all commits that this brought.
    """
    ordered = tuple(commits)
    known = {commit.sha: commit for commit in ordered}
    brought = {
        request.number: commit.sha
        for commit in reversed(ordered)
        if (request := request_of(commit)) is not None
    }
    undone: dict[str, Commit] = {}
    for commit in ordered:
        if commit.sha in undone:
            continue
        by_number = brought.get(reverted_request(commit) or 0)
        targets = all_reverted_in(commit.message) or ((by_number,) if by_number else ())
        for target in targets:
            for sha in _brought_by(known, target) if target != commit.sha else ():
                undone.setdefault(sha, commit)
    return undone


def _brought_by(known: Mapping[str, Commit], sha: str) -> Sequence[str]:
    """A commit, and of a merge those of its branch."""
    commit = known.get(sha)
    if commit is None or len(commit.parents) < 2:
        return (sha,)
    here = _behind(known, commit.parents[0])
    return (sha, *(one for one in _behind(known, commit.parents[1]) if one not in here))


def _behind(known: Mapping[str, Commit], start: str) -> dict[str, None]:
    """A commit and what it contains, newest first, as far as known and worth the walk."""
    found: dict[str, None] = {}
    waiting = [start]
    while waiting and len(found) < LARGEST_MERGE:
        sha = waiting.pop(0)
        if sha in known and sha not in found:
            found[sha] = None
            waiting += known[sha].parents
    return found
