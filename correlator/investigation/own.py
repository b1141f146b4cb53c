"""What is recorded of commits themselves: their messages, their notes, their checkpoints."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from correlator.code.records import Notes, Shelf
from correlator.provenance import Brought, Claims, Records, checkpoint_ids, claims
from correlator.provenance.declared import Declared
from correlator.types import Commit


@dataclass(frozen=True, slots=True)
class Beside:
    """What lies in trees: Agent Trace records by commit, the policy, and the paths that commits
    touched where the policy asks for them; and the pull requests that forges told of."""

    traces: Mapping[str, tuple[bytes, ...]] = field(default_factory=dict)
    policy: Declared | None = None
    touched: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    brought: Mapping[str, Brought] = field(default_factory=dict)


NOTHING = Beside()


def own_claims(
    shelf: Shelf, commits: Sequence[Commit], beside: Beside = NOTHING
) -> Iterator[Claims]:
    """All that is claimed of each commit itself: first those that have notes, then the others."""
    by_sha = {commit.sha: commit for commit in commits}
    named = {identifier for commit in commits for identifier in checkpoint_ids(commit)}
    checkpoints = shelf.checkpoints(sorted(named)) if named else {}
    for sha, notes in shelf.notes(by_sha):
        commit = by_sha.pop(sha)
        yield claims(commit, _with(_records(commit, notes, checkpoints), sha, beside))
    for sha, commit in by_sha.items():
        yield claims(commit, _with(_records(commit, Notes(), checkpoints), sha, beside))


def _with(records: Records, sha: str, beside: Beside) -> Records:
    if beside is NOTHING:
        return records
    return replace(
        records,
        traces=beside.traces.get(sha, ()),
        policy=beside.policy,
        touched=beside.touched.get(sha, ()),
        pull_request=beside.brought.get(sha),
    )


def _records(
    commit: Commit, notes: Notes, checkpoints: Mapping[str, Mapping[str, bytes]]
) -> Records:
    own = {
        identifier: checkpoints[identifier]
        for identifier in (checkpoint_ids(commit) if checkpoints else ())
        if identifier in checkpoints
    }
    return Records(notes=notes.texts, unread=notes.unread, checkpoints=own)
