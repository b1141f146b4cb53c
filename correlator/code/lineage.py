"""What becomes of a change: its copies, what takes it back, and whether a revision has it alive.

A copy is a cherry-pick, a rebase or a squash of it. A change that a revision contains is dead there
once something that takes it back is alive there and came later: so a revert of a revert wakes it,
and a fix that was applied anew after its revert is alive by its copy.
"""

import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from correlator.code.git import is_full_sha, run_git
from correlator.code.patches import log_format, read_log
from correlator.types import Commit

MOST_COMMITS = 50_000
# Records about commits, not history: agents keep transcripts there.
_NOT_CODE = ("refs/notes/*", "refs/ai/*", "refs/entire/*", "refs/heads/entire/*")
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Lineage:
    """Of each change its copies, itself among them, and what takes it or a copy back."""

    commits: Mapping[str, Commit] = field(default_factory=dict)
    copies: Mapping[str, frozenset[str]] = field(default_factory=dict)
    reverts: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def copies_of(self, sha: str) -> frozenset[str]:
        """The change and its copies."""
        return self.copies.get(sha, frozenset((sha,)))

    def reverts_of(self, carriers: Iterable[str]) -> frozenset[str]:
        """What takes any of these back."""
        return frozenset(one for sha in carriers for one in self.reverts.get(sha, ()))

    def asked_of(self, carriers: Collection[str]) -> frozenset[str]:
        """Every commit of which one must know whether a revision contains it, to tell ``alive``."""
        found, waiting = set(carriers), list(carriers)
        while waiting:
            for one in self.reverts.get(waiting.pop(), ()):
                new = self.copies_of(one) - found
                found |= new
                waiting += new
        return frozenset(found)

    def alive(self, carriers: Collection[str], inside: Collection[str], depth: int = 0) -> bool:
        """Whether a revision that contains exactly ``inside`` has one of the carriers in force."""
        here = [sha for sha in carriers if sha in inside]
        if not here or depth > _DEEPEST:
            return False
        undone = [
            one
            for one in self.reverts_of(carriers)
            if self.alive(self.copies_of(one), inside, depth + 1)
        ]
        return any(not any(self._later(one, sha) for one in undone) for sha in here)

    def _later(self, one: str, other: str) -> bool:
        first, second = self._at(other), self._at(one)
        return first is None or second is None or second >= first

    def _at(self, sha: str) -> datetime | None:
        known = self.commits.get(sha)
        return known.committed_at if known else None


def lineage(
    commits: Iterable[Commit],
    pairs: Iterable[tuple[str, str]],
    undone: Iterable[tuple[str, str]],
) -> Lineage:
    """From pairs (copy, of what) and (revert, of what)."""
    by_sha = {commit.sha: commit for commit in commits}
    copies = _groups([*pairs, *_same(by_sha.values())])
    reverts: defaultdict[str, set[str]] = defaultdict(set)
    for revert, of_what in undone:
        for sha in copies.get(of_what, frozenset((of_what,))):
            reverts[sha].add(revert)
    return Lineage(by_sha, copies, {sha: frozenset(found) for sha, found in reverts.items()})


def _same(commits: Iterable[Commit]) -> list[tuple[str, str]]:
    """A rebase keeps the author, the author's time and the subject."""
    first: dict[tuple[str, datetime, str], str] = {}
    found = []
    for commit in commits:
        if len(commit.parents) == 1:
            key = commit.author.email.lower(), commit.authored_at, commit.subject
            if (known := first.setdefault(key, commit.sha)) != commit.sha:
                found.append((commit.sha, known))
    return found


def _groups(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    group: dict[str, set[str]] = {}
    for one, other in pairs:
        joined = group.get(one, {one}) | group.get(other, {other})
        for sha in joined:
            group[sha] = joined
    return {sha: frozenset(members) for sha, members in group.items()}


def inside(path: Path, revision: str, shas: Collection[str], timeout: float) -> frozenset[str]:
    """Those of the commits that the revision contains, in one git call; all must be here."""
    wanted = [sha for sha in dict.fromkeys(shas) if is_full_sha(sha)]
    if not wanted or not is_full_sha(revision):
        return frozenset()
    feed = "".join(f"{sha}\n" for sha in [*wanted, f"^{revision}"]).encode()
    lacking = run_git(path, "rev-list", "--stdin", feed=feed, timeout=timeout).decode().split()
    return frozenset(wanted) - frozenset(lacking)


def here(path: Path, shas: Iterable[str], timeout: float) -> frozenset[str]:
    """Those of the hashes that are commits of this repository."""
    wanted = [sha for sha in dict.fromkeys(shas) if is_full_sha(sha)]
    if not wanted:
        return frozenset()
    feed = "".join(f"{sha}\n" for sha in wanted).encode()
    lines = run_git(path, "cat-file", "--batch-check", feed=feed, timeout=timeout).decode()
    pairs = zip(wanted, lines.splitlines(), strict=True)
    return frozenset(sha for sha, line in pairs if " commit " in line)


def commits_since(path: Path, since: datetime, timeout: float) -> tuple[Commit, ...]:
    """Every commit of every branch, tag and pull request since then, newest first."""
    without = [f"--exclude={ref}" for ref in _NOT_CODE]
    limits = [f"--since={int(since.timestamp())}", f"-n{MOST_COMMITS}"]
    mark = secrets.token_hex(12)
    output = run_git(path, "log", log_format(mark), *limits, *without, "--all", timeout=timeout)
    return tuple(patch.commit for patch in read_log(output, mark))


def reached_since(
    path: Path, since: datetime, revisions: Sequence[str], timeout: float
) -> frozenset[str]:
    """The commits since then that any of these revisions contains."""
    if not revisions:
        return frozenset()
    feed = "".join(f"{sha}\n" for sha in revisions).encode()
    form = ("rev-list", f"--since={int(since.timestamp())}", "--stdin")
    return frozenset(run_git(path, *form, feed=feed, timeout=timeout).decode().split())
