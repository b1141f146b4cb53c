"""Follows the lines of a file back through commits that were merged, to the one that wrote each.

Blame's rule, over contents that are at hand: a line is passed on to a parent that has it, else the
commit wrote it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from correlator.provenance.alignment import aligned

# From this share of equal lines on, a file that is new is taken for another one moved.
_MOVED = 0.5
Texts = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Commits whose content another commit took over.

    ``commits`` newest first, the head before all, with their parents; ``blobs``: (commit, path)
    to blob, of these commits and of the parents where they begin; ``name``: for the reader.
    ``brought``: those of its commits that came to the branch with another request before.
    """

    name: str
    head: str
    commits: Mapping[str, tuple[str, ...]]
    blobs: Mapping[tuple[str, str], str] = field(default_factory=dict)
    brought: frozenset[str] = frozenset()

    @property
    def authored(self) -> tuple[str, ...]:
        """Its own commits that are no merges."""
        own = (sha for sha, parents in self.commits.items() if len(parents) < 2)
        return tuple(sha for sha in own if sha not in self.brought)


@dataclass(frozen=True, slots=True)
class At:
    """A line of a file at a commit; ``line`` from 0."""

    sha: str
    path: str
    line: int


def written(side: Side, path: str, texts: Texts) -> list[At | None]:
    """Which commit of the side wrote each line of a file at its head; None: it was there before.

    Blame's rule: a line is passed on to a parent that has it, else the commit wrote it.
    """
    size = len(texts.get(side.blobs.get((side.head, path), ""), ()))
    origins: list[At | None] = [None] * size
    waiting: dict[str, dict[str, dict[int, int]]] = {
        side.head: {path: {number: number for number in range(size)}}
    }
    for sha, parents in side.commits.items():
        for name, lines in waiting.pop(sha, {}).items():
            left = lines
            for parent in _nearest_first(side, sha, name, parents):
                before = _before(side, parent, (sha, name), texts)
                passed = _passed(left, before[1], side.blobs.get((sha, name), ""), texts)
                if parent in side.commits and passed:
                    files = waiting.setdefault(parent, {})
                    files.setdefault(before[0], {}).update(passed)
                left = {here: line for here, line in left.items() if here not in passed}
            for here, line in left.items():
                origins[here] = At(sha, name, line)
    return origins


def _nearest_first(side: Side, sha: str, path: str, parents: tuple[str, ...]) -> list[str]:
    """Parents whose file is the same come first: all lines are theirs."""
    blob = side.blobs.get((sha, path))
    return sorted(parents, key=lambda parent: side.blobs.get((parent, path)) != blob)


def _passed(lines: Mapping[int, int], old: str, new: str, texts: Texts) -> dict[int, int]:
    """Of the lines of blob ``new`` those that blob ``old`` has, with their place there."""
    if old == new:
        return dict(lines)
    match = aligned(texts.get(old, ()), texts.get(new, ()))
    if any(match[line] is None for line in lines.values()) and old:
        respaced = aligned(spaced(texts.get(old, ())), spaced(texts.get(new, ())))
        match = [
            one if one is not None else other for one, other in zip(match, respaced, strict=True)
        ]
    return {here: at for here, line in lines.items() if (at := match[line]) is not None}


def _before(side: Side, parent: str, here: tuple[str, str], texts: Texts) -> tuple[str, str]:
    """Path and blob of a file at a parent: the same path, else the file that it was moved from."""
    sha, path = here
    if blob := side.blobs.get((parent, path)):
        return path, blob
    blob = side.blobs.get((sha, path), "")
    new = texts.get(blob, ())
    best, share = (path, ""), _MOVED
    for (owner, name), old in side.blobs.items():
        if owner == parent and (sha, name) not in side.blobs:
            same = sum(one is not None for one in aligned(texts.get(old, ()), new))
            if new and same >= share * len(new):
                best, share = (name, old), same / len(new)
    return best


def spaced(lines: Sequence[str]) -> list[str]:
    """The lines without white space."""
    return ["".join(line.split()) for line in lines]
