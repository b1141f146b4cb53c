"""What is recorded of commits themselves: their messages, their notes, their checkpoints."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from correlator.code.records import MOST_WORDS, Notes, Shelf
from correlator.provenance import Brought, Claims, Records, checkpoint_ids, claims
from correlator.provenance.declared import Declared
from correlator.provenance.git_ai_elsewhere import lacking, records_of
from correlator.types import Commit

# Each MOST_WORDS of them cost a search through all notes.
MOST_KEYS = 5000


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
    lack: dict[str, frozenset[str]] = {}
    for sha, notes in shelf.notes(by_sha):
        if keys := lacking(notes.texts):
            lack[sha] = keys
            continue
        commit = by_sha.pop(sha)
        yield claims(commit, _with(_records(commit, notes, checkpoints), sha, beside))
    prompts = prompts_elsewhere(shelf, frozenset().union(*lack.values()))
    for sha, notes in shelf.notes(lack):
        commit = by_sha.pop(sha)
        records = replace(
            _records(commit, notes, checkpoints),
            prompts={key: prompts[key] for key in lack[sha] if key in prompts},
        )
        yield claims(commit, _with(records, sha, beside))
    for sha, commit in by_sha.items():
        yield claims(commit, _with(_records(commit, Notes(), checkpoints), sha, beside))


def prompts_elsewhere(shelf: Shelf, keys: Collection[str]) -> dict[str, Mapping[str, Any]]:
    """git-ai's records of sessions by key, each from the newest commit whose note holds it."""
    found: dict[str, Mapping[str, Any]] = {}
    asked = sorted(keys)[:MOST_KEYS]
    for some in (asked[at : at + MOST_WORDS] for at in range(0, len(asked), MOST_WORDS)):
        left = set(some)
        for _, notes in shelf.notes(shelf.holding(some)):
            here = records_of(notes.texts, left)
            found.update(here)
            left.difference_update(here)
            if not left:
                break
    return found


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
