"""What is recorded of commits themselves: their messages, their notes, their checkpoints."""

from collections.abc import Iterator, Mapping, Sequence

from correlator.code.records import Notes, Shelf
from correlator.provenance import Claims, Records, checkpoint_ids, claims
from correlator.types import Commit


def own_claims(shelf: Shelf, commits: Sequence[Commit]) -> Iterator[Claims]:
    """All that is claimed of each commit itself: first those that have notes, then the others."""
    by_sha = {commit.sha: commit for commit in commits}
    named = {identifier for commit in commits for identifier in checkpoint_ids(commit)}
    checkpoints = shelf.checkpoints(sorted(named)) if named else {}
    for sha, notes in shelf.notes(by_sha):
        commit = by_sha.pop(sha)
        yield claims(commit, _records(commit, notes, checkpoints))
    for commit in by_sha.values():
        yield claims(commit, _records(commit, Notes(), checkpoints))


def _records(
    commit: Commit, notes: Notes, checkpoints: Mapping[str, Mapping[str, bytes]]
) -> Records:
    own = {
        identifier: checkpoints[identifier]
        for identifier in (checkpoint_ids(commit) if checkpoints else ())
        if identifier in checkpoints
    }
    return Records(notes=notes.texts, unread=notes.unread, checkpoints=own)
