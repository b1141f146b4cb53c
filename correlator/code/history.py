"""Follows functions back through patches: which commits touched them, removals included.

Blame knows only lines that are still there. This walks newest first, moves each function's lines
to where they were in the parent, and so sees a guard that was deleted, too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from correlator.types import FilePatch, Hunk, Patch


@dataclass(frozen=True, slots=True)
class Mark:
    """A line inside a stretch that is followed for itself; ``rewritten``: how often it was, by
    commits newer than where we are."""

    line: int
    rewritten: int = 0


@dataclass(frozen=True, slots=True)
class Stretch:
    """Lines first to last (inclusive, from 1) of a path, under a key of the caller's."""

    key: int
    path: str
    first: int
    last: int
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Contact:
    """A hunk of a commit that lies in a stretch; ``offset`` counts lines from its beginning.

    ``gap``: lines between it and the nearest marked line, as that stood then (0: it wrote it);
    ``rewritten``: how often that line was written anew since.
    """

    sha: str
    key: int
    path: str
    offset: int
    hunk: Hunk
    gap: int | None = None
    rewritten: int = 0


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
            offset = max(0, first - stretch.first)
            gap, rewritten = min(
                ((_gap(m.line, hunk), m.rewritten) for m in stretch.marks), default=(None, 0)
            )
            yield Contact(sha, stretch.key, stretch.path, offset, hunk, gap, rewritten)


def _gap(line: int, hunk: Hunk) -> int:
    """Lines between a line and a hunk; 0 inside it. A removal lies between two lines."""
    if hunk.new_count == 0:
        return max(hunk.new_start - line + 1, line - hunk.new_start)
    return max(0, hunk.new_start - line, line - (hunk.new_start + hunk.new_count - 1))


def _before(stretch: Stretch, files: Mapping[str, FilePatch]) -> Stretch:
    file = files.get(stretch.path)
    if file is None:
        return stretch
    first = _back(stretch.first, file.hunks, to_end=False)
    last = _back(stretch.last, file.hunks, to_end=True)
    marks = tuple(_marked_before(mark, file.hunks) for mark in stretch.marks)
    path = file.old_path or stretch.path
    return replace(stretch, path=path, first=first, last=max(first, last), marks=marks)


def _marked_before(mark: Mark, hunks: Iterable[Hunk]) -> Mark:
    """Where a marked line stood before; of one that was written here, what stood in its place."""
    hunks = tuple(hunks)
    for hunk in hunks:
        if hunk.new_count and hunk.new_start <= mark.line < hunk.new_start + hunk.new_count:
            inside = min(mark.line - hunk.new_start, max(0, hunk.old_count - 1))
            return Mark(max(1, hunk.old_start + inside), mark.rewritten + 1)
    return replace(mark, line=_back(mark.line, hunks, to_end=False))


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
