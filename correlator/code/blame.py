"""Blame: for every line that is asked for, the commit it came from.

Only the lines of a trace's functions are asked for: of a file of 8,000 lines with a history of
1,000 commits that is a fifth of the work. Answers are kept under the commit that last changed the
file, so that one answer serves every later revision until the file changes again.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from correlator.code.remembered import MEBIBYTE, Remembered
from correlator.types import Origin

# How git is asked; an answer to another recipe is another answer.
BLAME_RECIPE = "w-M-1"
_KEPT = f"{BLAME_RECIPE} lines"
_HEADER = re.compile(rb"([0-9a-f]{40,64}) (\d+) (\d+)(?: \d+)?\Z")
_BYTES_A_LINE = 250
_BLAMES: Remembered[tuple[str, str, str, str], Mapping[int, Origin]] = Remembered(16 * MEBIBYTE)


class BlameCache(Protocol):
    """Keeps blames for good: a line's blame at a revision never changes."""

    def get(self, revision: str, path: str, recipe: str) -> Mapping[int, Origin] | None:
        """The lines that were put, by number from 1, or None."""

    def put(self, revision: str, path: str, recipe: str, origins: Mapping[int, Origin]) -> None:
        """Keep these lines beside those that were put before."""


class Kept:
    """The blames of a repository: in this process, and where the caller keeps them for good."""

    def __init__(self, name: str, cache: BlameCache | None) -> None:
        self._name = name
        self._cache = cache

    def get(self, revision: str, path: str, recipe: str) -> Mapping[int, Origin]:
        """Every line that is known."""
        found = _BLAMES.get((self._name, revision, path, recipe))
        if found is None and self._cache is not None:
            found = self._cache.get(revision, path, recipe)
        return found or {}

    def put(
        self,
        where: tuple[str, str, str],
        known: Mapping[int, Origin],
        more: Mapping[int, Origin],
    ) -> None:
        """Keep more lines of (revision, path, recipe), of which some are known."""
        both = {**known, **more}
        _BLAMES.put((self._name, *where), both, _BYTES_A_LINE * len(both))
        if self._cache is not None:
            self._cache.put(*where, more)


def recipe(ignored: Sequence[str]) -> str:
    """Names how blame was asked for; other ignored commits make it another."""
    if not ignored:
        return _KEPT
    return f"{_KEPT} {hashlib.sha256(' '.join(sorted(ignored)).encode()).hexdigest()[:12]}"


def stretches(lines: Iterable[int]) -> Iterator[str]:
    """Arguments that ask git for these lines, from 1: one for each run of lines."""
    wanted = sorted(set(lines))
    at = 0
    while at < len(wanted):
        end = at
        while end + 1 < len(wanted) and wanted[end + 1] == wanted[end] + 1:
            end += 1
        yield f"-L{wanted[at]},{wanted[end]}"
        at = end + 1


def read_blame(output: bytes) -> dict[int, Origin]:
    """Origin by line number (from 1) at the blamed revision, of the lines that were asked for."""
    origins: dict[int, Origin] = {}
    names: dict[str, str] = {}
    current: tuple[str, int, int] | None = None
    for line in output.split(b"\n"):
        if line.startswith(b"\t"):
            if current is not None:
                sha, then, now = current
                origins[now] = Origin(sha, names.get(sha, ""), then)
        elif line.startswith(b"filename "):
            if current is not None:
                names[current[0]] = line[9:].decode("utf-8", "replace")
        elif found := _HEADER.match(line):
            current = (found[1].decode(), int(found[2]), int(found[3]))
    return origins
