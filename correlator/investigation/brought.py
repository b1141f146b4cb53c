"""Which pull request each commit came by, as far as forges told: by its hash, its number, its copy.

A rebase gives every commit another hash, but keeps its author's time and its subject, and gives it
the time of the merge: that is how all commits of a rebased pull request are known. What is only
cherry-picked elsewhere later has another time, and is not taken for it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from correlator.investigation.takeovers import Takeover
from correlator.provenance import Brought
from correlator.provenance.merged import request_of
from correlator.types import AgentWork, Commit, PullRequest

# Forges write the commits of a rebase within the time that the merge takes.
_MERGING = timedelta(minutes=10)
# A squash is written as it is merged; a rebased commit keeps its own, earlier time.
_AT_ONCE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Told:
    """What forges and agents' services told of one repository."""

    pulls: tuple[PullRequest, ...] = ()
    works: tuple[AgentWork, ...] = ()


NOTHING_TOLD = Told()


class Rebased:
    """Finds the pull request of a rebased commit among those that were told of."""

    def __init__(self, pulls: Iterable[PullRequest]) -> None:
        self._by_key: dict[tuple[datetime, str], list[PullRequest]] = {}
        for pull in pulls:
            if pull.merged_at is not None:
                for one in pull.commits:
                    key = (one.authored_at.replace(microsecond=0), one.subject)
                    self._by_key.setdefault(key, []).append(pull)

    def of(self, commit: Commit) -> PullRequest | None:
        """The pull request that the commit was rebased from, merged when it was written."""
        key = (commit.authored_at.replace(microsecond=0), commit.subject[:300].strip())
        near = [
            (abs(commit.committed_at - pull.merged_at), pull.number, pull)
            for pull in self._by_key.get(key, ())
            if pull.merged_at is not None and len(commit.parents) == 1
        ]
        best = min(near, default=None, key=lambda one: one[:2])
        return best[2] if best and best[0] <= _MERGING else None


def brought_by(commits: Iterable[Commit], told: Told) -> dict[str, Brought]:
    """The pull requests of these commits. Merges are left out: they wrote nothing themselves."""
    if not told.pulls:
        return {}
    by_sha: dict[str, PullRequest] = {}
    for pull in reversed(told.pulls):  # those that changed last win
        known = [*(one.sha for one in pull.commits), *((pull.head,) if pull.head else ())]
        by_sha |= dict.fromkeys(known, pull)
    for pull in reversed(told.pulls):
        by_sha |= dict.fromkeys(pull.merge_commits, pull)
    by_number = {pull.number: pull for pull in reversed(told.pulls)}
    rebased = Rebased(told.pulls)
    found = {}
    for commit in commits:
        if len(commit.parents) > 1:
            continue
        which = by_sha.get(commit.sha) or _named(commit, by_number) or rebased.of(commit)
        if which is not None:
            works = _works(which, told.works)
            found[commit.sha] = Brought(which, _is_whole(commit, which), works)
    return found


def squashed_by(brought: Mapping[str, Brought]) -> tuple[Takeover, ...]:
    """The commits that forges say are all of a pull request, with the head that it had."""
    return tuple(
        Takeover(sha, one.pull.head, f"pull request {one.pull.number}")
        for sha, one in brought.items()
        if one.whole and one.pull.head and one.pull.head != sha and sha in one.pull.merge_commits
    )


def _named(commit: Commit, by_number: Mapping[int, PullRequest]) -> PullRequest | None:
    """By the number in the message, if it was merged about then: a cherry-pick keeps the number,
    a repository that was moved has others' numbers."""
    request = request_of(commit)
    pull = by_number.get(request.number) if request else None
    if pull is None or pull.merged_at is None:
        return None
    return pull if abs(commit.committed_at - pull.merged_at) <= timedelta(days=1) else None


def _is_whole(commit: Commit, pull: PullRequest) -> bool:
    """Whether the commit is all of the pull request: its squash, or its only commit."""
    if pull.commit_count == 1:
        return True
    if pull.merged_at is None or any(one.sha == commit.sha for one in pull.commits):
        return False
    if pull.commits:
        key = (commit.authored_at.replace(microsecond=0), commit.subject[:300].strip())
        return all(key != (one.authored_at, one.subject) for one in pull.commits)
    return abs(commit.authored_at - pull.merged_at) <= _AT_ONCE


def _works(pull: PullRequest, works: Iterable[AgentWork]) -> tuple[AgentWork, ...]:
    """What was told of this pull request, or of its branch in a repository of that name."""
    name = pull.repository.casefold()
    return tuple(
        one
        for one in works
        if (name == one.repository.casefold() or name.endswith("/" + one.repository.casefold()))
        and (one.number == pull.number if one.number is not None else one.branch == pull.head_ref)
    )
