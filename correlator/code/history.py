"""Follows functions back through patches: which commits touched them, removals included.

Blame knows only lines that are still there. This walks newest first, moves each function's lines
to where they were in the parent, and so sees a guard that was deleted, too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from correlator.types import FilePatch, Hunk, Patch


@dataclass(frozen=True, slots=True)
class Stretch:
    """Lines first to last (inclusive, from 1) of a path, under a key of the caller's."""

    key: int
    path: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Contact:
    """A hunk of a commit that lies in a stretch; ``offset`` counts lines from its beginning."""

    sha: str
    key: int
    path: str
    offset: int
    hunk: Hunk


def contacts(patches: Iterable[Patch], stretches: Iterable[Stretch]) -> list[Contact]:
    """Every hunk that touched a stretch, in the order of the patches (children before parents).

    ``stretches`` are given at the revision that the first patch leads to. Where history forks,
    each parent is followed from what its first child left.
    """
    start = tuple(stretches)
    waiting: dict[str, tuple[Stretch, ...]] = {}
    found: list[Contact] = []
    for patch in patches:
        sha = patch.commit.sha
        here = waiting.pop(sha, start)
        files = {file.path: file for file in patch.files}
        for stretch in here:
            if file := files.get(stretch.path):
                found.extend(_inside(sha, stretch, file))
        before = tuple(_before(stretch, files) for stretch in here) if files else here
        for parent in patch.commit.parents:
            waiting.setdefault(parent, before)
    return found


def _inside(sha: str, stretch: Stretch, file: FilePatch) -> Iterable[Contact]:
    for hunk in file.hunks:
        first = hunk.new_start
        # A pure removal stands between new_start and the line after it.
        last = first + hunk.new_count - 1 if hunk.new_count else first + 1
        if hunk.new_count == 0:
            touches = first >= stretch.first and first < stretch.last
        else:
            touches = first <= stretch.last and last >= stretch.first
        if touches:
            yield Contact(sha, stretch.key, stretch.path, max(0, first - stretch.first), hunk)


def _before(stretch: Stretch, files: Mapping[str, FilePatch]) -> Stretch:
    file = files.get(stretch.path)
    if file is None:
        return stretch
    first = _back(stretch.first, file.hunks, to_end=False)
    last = _back(stretch.last, file.hunks, to_end=True)
    return Stretch(stretch.key, file.old_path or stretch.path, first, max(first, last))


def _back(line: int, hunks: Iterable[Hunk], to_end: bool) -> int:
    """Where a line stood before these hunks; inside one, its old beginning or end."""
    shift = 0
    for hunk in hunks:
        end = hunk.new_start + hunk.new_count - 1
        if hunk.new_count == 0:
            if line <= hunk.new_start:
                break
        elif line < hunk.new_start:
            break
        elif line <= end:
            inside = hunk.old_start + (hunk.old_count - 1 if to_end else 0)
            return max(1, inside)
        shift += hunk.old_count - hunk.new_count
    return max(1, line + shift)
