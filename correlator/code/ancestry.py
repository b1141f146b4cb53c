"""The part of a history that matters to one file: so short that blame is done with it at once.

``git blame`` walks every commit to find the few that touched a file. One ``git log`` tells which
touched which; from it, each file gets a list of its own commits and of the jumps between them, in
the form that ``git blame -S`` takes instead of the real history. A jump passes over commits that
leave the file as it is along first parents, as blame does; a commit that touches it keeps all its
parents. Names that a file had before count as the file: if blame comes upon one that we did not
know, it is asked again with that name.
"""

import json
import secrets
import zlib
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from correlator.code.contents import read_raw
from correlator.code.git import run_git
from correlator.errors import Permanent


class Touch(NamedTuple):
    """A path that a commit touched, its name before, and the blob if it is new there."""

    path: str
    old_path: str
    made: str


class Step(NamedTuple):
    """A commit, its parents, and what it touched against the first of them."""

    sha: str
    parents: tuple[str, ...]
    touches: tuple[Touch, ...]


def read_steps(path: Path, revisions: str, timeout: float) -> tuple[Step, ...]:
    """Every commit of ``REV`` or ``FROM..REV``, full hashes, newest first; one git call."""
    mark = secrets.token_hex(12)
    form = ("log", f"--format={mark}%H %P", "-z", "--raw", "--no-abbrev", "--ignore-submodules")
    how = ("--diff-merges=first-parent", revisions, "--")
    try:
        output = run_git(path, *form, "-M", *how, timeout=timeout)
    except Permanent:  # blobs are missing in a partial clone: only equal files are then renames
        output = run_git(path, *form, "-M100%", *how, timeout=timeout)
    steps = []
    for head, files in read_raw(output, mark):
        sha, *parents = head.split(" ")
        touches = (Touch(f.path, f.old_path, "" if f.old_blob else f.new_blob) for f in files)
        steps.append(Step(sha, tuple(parents), tuple(touches)))
    return tuple(steps)


def packed(steps: Iterable[Step]) -> bytes:
    """To be kept."""
    return zlib.compress(json.dumps(list(steps)).encode("utf-8", "surrogateescape"), 1)


def unpacked(kept: bytes) -> tuple[Step, ...]:
    """What was kept."""
    rows = json.loads(zlib.decompress(kept).decode("utf-8", "surrogateescape"))
    return tuple(
        Step(sha, tuple(parents), tuple(Touch(*one) for one in touches))
        for sha, parents, touches in rows
    )


class Ancestry:
    """The commits of a history by the files that they touched."""

    def __init__(self, steps: Iterable[Step]) -> None:
        """``steps``: the whole history of a revision, children before parents."""
        self._parents = {step.sha: step.parents for step in steps}
        self._touched: dict[str, list[str]] = defaultdict(list)
        self._names: dict[str, set[str]] = defaultdict(set)
        self._made: dict[str, str] = {}
        for step in steps:
            for path, old_path, made in step.touches:
                self._touched[path].append(step.sha)
                if old_path != path:
                    self._names[path].add(old_path)
                    self._touched[old_path].append(step.sha)
                elif made and len(step.parents) < 2:
                    self._made[path] = made
        self._chains = _chains(self._parents)

    def maker(self, path: str, blob: str) -> str | None:
        """The one commit that made a file as it is, if no other ever touched it."""
        wrote = [sha for sha in self._touched.get(path, ()) if len(self._parents[sha]) < 2]
        if len(wrote) != 1 or self._made.get(path) != blob or path in self._names:
            return None
        return wrote[0]

    def names(self, paths: Iterable[str]) -> frozenset[str]:
        """These paths and all that the files were called before."""
        found = set(paths)
        waiting = list(found)
        while waiting:
            new = self._names.get(waiting.pop(), set()) - found
            found |= new
            waiting += new
        return frozenset(found)

    def of(self, revision: str, names: Collection[str]) -> list[str]:
        """Lines ``commit parent ...`` for ``git blame -S``: the history of files of these names."""
        touched = {sha for name in names for sha in self._touched.get(name, ())}
        places: dict[int, list[tuple[int, str]]] = defaultdict(list)
        for sha in touched:
            chain, place = self._chains.places[sha]
            places[chain].append((place, sha))
        for rows in places.values():
            rows.sort()
        lines: list[str] = []
        seen: set[str] = set()
        waiting = [revision]
        while waiting:
            sha = waiting.pop()
            if sha in seen:
                continue
            seen.add(sha)
            after: Collection[str] = self._parents.get(sha, ())
            if sha not in touched:
                jump = self._chains.next_in(sha, places)
                after = (jump,) if jump else ()
            lines.append(" ".join([sha, *after]))
            waiting += after
        return lines


class _Chains(NamedTuple):
    """A history as lines of first parents: place of each commit, and where each line goes on."""

    places: Mapping[str, tuple[int, int]]
    goes_on: tuple[str | None, ...]

    def next_in(self, sha: str, among: Mapping[int, list[tuple[int, str]]]) -> str | None:
        """The nearest of ``among`` (sorted by place, by chain) along first parents."""
        at: str | None = sha
        while at is not None and at in self.places:
            chain, place = self.places[at]
            rows = among.get(chain, [])
            found = bisect_left(rows, (place, ""))
            if found < len(rows):
                return rows[found][1]
            at = self.goes_on[chain]
        return None


def _chains(parents: Mapping[str, tuple[str, ...]]) -> _Chains:
    places: dict[str, tuple[int, int]] = {}
    goes_on: list[str | None] = []
    for start in parents:
        if start in places:
            continue
        at: str | None = start
        place = 0
        while at is not None and at not in places:
            places[at] = (len(goes_on), place)
            place += 1
            at = next(iter(parents.get(at, ())), None)
        goes_on.append(at)
    return _Chains(places, tuple(goes_on))
