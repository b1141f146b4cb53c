"""What becomes of a change: its copies, what takes it back, and whether a revision has it alive.

A copy is a cherry-pick, a rebase or a squash of it. A change that a revision contains is dead there
once something that takes it back is alive there and came later: so a revert of a revert wakes it,
and a fix that was applied anew after its revert is alive by its copy.
"""

import re
import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from correlator.code.git import is_full_sha, run_git
from correlator.code.patches import log_format, read_log
from correlator.types import Commit

MOST_COMMITS = 50_000
# Records about commits, not history: agents keep transcripts there.
_NOT_CODE = ("refs/notes/*", "refs/ai/*", "refs/entire/*", "refs/heads/entire/*")
_EVERYWHERE = (*(f"--exclude={ref}" for ref in _NOT_CODE), "--all")
_DEEPEST = 20
_HEX = re.compile(r"\A[0-9a-f]{8,64}\Z")
# More commits alike than this are no copies of one change: a machine made them, or somebody who
# wants to keep us busy.
MOST_COPIES = 96

# A commit that seems so much older than it is still hides nothing.
_WRONG_CLOCK = timedelta(days=400)

# What was told of copies at a depth.
_Known = dict[tuple[frozenset[str], int], bool]


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
        found, waiting, reverts = set(carriers), list(carriers), set[str]()
        while waiting:
            fresh = self.reverts.get(waiting.pop(), frozenset()) - reverts
            reverts |= fresh
            for one in fresh:
                new = self.copies_of(one) - found
                found |= new
                waiting += new
        return frozenset(found)

    def alive(self, carriers: Collection[str], inside: Collection[str]) -> bool:
        """Whether a revision that contains exactly ``inside`` has one of the carriers in force."""
        return self._alive(frozenset(carriers), inside, 0, {})

    def _alive(
        self, carriers: frozenset[str], inside: Collection[str], depth: int, known: _Known
    ) -> bool:
        # Copies of a revert are one thing that takes back: asked once, whatever a history holds.
        if (carriers, depth) not in known:
            here = [sha for sha in carriers if sha in inside]
            known[carriers, depth] = bool(here and depth <= _DEEPEST) and self._outlives(
                here, self._undone(carriers, inside, depth, known)
            )
        return known[carriers, depth]

    def _undone(
        self, carriers: frozenset[str], inside: Collection[str], depth: int, known: _Known
    ) -> list[str]:
        """What takes the carriers back, and is in force itself."""
        return [
            one
            for one in self.reverts_of(carriers)
            if self._alive(self.copies_of(one), inside, depth + 1, known)
        ]

    def _outlives(self, here: Collection[str], undone: Collection[str]) -> bool:
        """Whether one of these came after all that takes it back; an unknown time is no proof."""
        taken_back = [self._at(one) for one in undone]
        brought = [at for sha in here if (at := self._at(sha)) is not None]
        if not taken_back:
            return True
        times = [at for at in taken_back if at is not None]
        return len(times) == len(taken_back) and bool(brought) and max(brought) > max(times)

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
    alike: defaultdict[tuple[str, datetime, str], list[str]] = defaultdict(list)
    for commit in commits:
        if len(commit.parents) == 1:
            key = commit.author.email.lower(), commit.authored_at, commit.subject
            alike[key].append(commit.sha)
    return [
        (sha, shas[0]) for shas in alike.values() if len(shas) <= MOST_COPIES for sha in shas[1:]
    ]


def _groups(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    """By commit all that pairs join it with; the smaller part moves, so that none moves often."""
    group: dict[str, set[str]] = {}
    for one, other in pairs:
        joined, moved = group.setdefault(one, {one}), group.setdefault(other, {other})
        if joined is moved:
            continue
        if len(joined) < len(moved):
            joined, moved = moved, joined
        joined |= moved
        group.update(dict.fromkeys(moved, joined))
    whole = {id(members): frozenset(members) for members in group.values()}
    return {
        sha: whole[id(members)] for sha, members in group.items() if len(members) <= MOST_COPIES
    }


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


def whole_names(path: Path, beginnings: Iterable[str], timeout: float) -> dict[str, str]:
    """By the first characters of a hash the whole one, where they are those of one commit alone."""
    wanted = [one for one in dict.fromkeys(beginnings) if _HEX.match(one)]
    if not wanted:
        return {}
    feed = "".join(f"{one}\n" for one in wanted).encode()
    lines = run_git(path, "cat-file", "--batch-check", feed=feed, timeout=timeout).decode()
    told = (line.split(" ") for line in lines.splitlines())
    # An ambiguous one has lines of its own, which answer nothing.
    whole = {parts[0] for parts in told if len(parts) == 3 and parts[1] == "commit"}
    return {
        one: found[0]
        for one in wanted
        if len(found := [sha for sha in whole if sha.startswith(one)]) == 1
    }


def commits_since(path: Path, since: datetime, timeout: float) -> tuple[Commit, ...]:
    """Every commit of every branch, tag and pull request since then, newest first."""
    wanted = _made_since(path, since, _EVERYWHERE, b"", timeout)[:MOST_COMMITS]
    if not wanted:
        return ()
    mark = secrets.token_hex(12)
    feed = "".join(f"{sha}\n" for sha in wanted).encode()
    form = ("log", log_format(mark), "--no-walk=unsorted", "--stdin")
    output = run_git(path, *form, feed=feed, timeout=timeout)
    return tuple(patch.commit for patch in read_log(output, mark))


def touching_since(path: Path, since: datetime, paths: Iterable[str], timeout: float) -> list[str]:
    """Those of any branch since then that touched one of these files, merges left out."""
    literal = [f":(literal){one}" for one in paths]
    form = ("rev-list", f"--since={int(since.timestamp())}", *_EVERYWHERE, "--no-merges")
    found = run_git(path, *form, "--full-history", "--", *literal, timeout=timeout)
    return found.decode().split()


def reached_since(
    path: Path, since: datetime, revisions: Sequence[str], timeout: float
) -> frozenset[str]:
    """The commits since then that any of these revisions contains."""
    if not revisions:
        return frozenset()
    feed = "".join(f"{sha}\n" for sha in revisions).encode()
    return frozenset(_made_since(path, since, ["--stdin"], feed, timeout))


def _made_since(
    path: Path, since: datetime, where: Sequence[str], feed: bytes, timeout: float
) -> list[str]:
    """Git ends a walk at the first commit that is too old: one that was made by a wrong clock, or
    keeps its author's time, would hide all behind it."""
    earliest = int(since.timestamp())
    walked = f"--since={max(earliest - int(_WRONG_CLOCK.total_seconds()), 0)}"
    output = run_git(path, "rev-list", "--timestamp", walked, *where, feed=feed, timeout=timeout)
    dated = (line.split(" ") for line in output.decode().splitlines())
    return [sha for made, sha in dated if int(made) >= earliest]
