"""What ``git blame`` answers, how it is asked, and how its answers are kept.

Only the lines of a trace's functions are asked for: of a file of 8,000 lines with a history of
1,000 commits that is a fifth of the work. Answers are kept under the commit that last changed the
file, so that one answer serves every later revision until the file changes again.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

import orjson
import zstandard

from correlator.code.remembered import MEBIBYTE, Remembered
from correlator.types import Origin

# How git is asked; an answer to another recipe is another answer.
BLAME_RECIPE = "w-M-1"
_KEPT = f"{BLAME_RECIPE} lines"
_HEADER = re.compile(rb"([0-9a-f]{40,64}) (\d+) (\d+)(?: \d+)?\Z")
_BYTES_A_LINE = 250
_LARGEST = 256 * 1024 * 1024
_BLAMES: Remembered[tuple[str, str, str, str], Mapping[int, Origin]] = Remembered(16 * MEBIBYTE)


class Where(NamedTuple):
    """What an answer is kept under: the commit that last changed the file, its path there, and
    how git was asked."""

    revision: str
    path: str
    recipe: str


class BlameCache(Protocol):
    """Keeps blames for good, as bytes: a line's blame at a revision never changes."""

    def get(self, where: Where) -> bytes | None:
        """What was put last, or None."""

    def put(self, where: Where, body: bytes) -> None:
        """Keep this instead of what was there."""

    def newest(self, path: str, recipe: str) -> Sequence[str]:
        """Revisions of which a file's blame is kept, those kept last first, a few at most."""


class Kept:
    """The blames of a repository: in this process, and where the caller keeps them for good."""

    def __init__(self, name: str, cache: BlameCache | None) -> None:
        self._name = name
        self._cache = cache

    def get(self, where: Where) -> Mapping[int, Origin]:
        """Every line that is known."""
        found = _BLAMES.get((self._name, *where))
        if found is None and self._cache is not None:
            body = self._cache.get(_as_text(where))
            found = unpacked(body) if body is not None else None
            if found is not None:
                self._remember(where, found)
        return found or {}

    def put(self, where: Where, known: Mapping[int, Origin], more: Mapping[int, Origin]) -> None:
        """Keep more lines, of which some are known. Of two workers at once, one's may be lost:
        then they are asked for again."""
        both = {**known, **more}
        self._remember(where, both)
        if self._cache is not None:
            self._cache.put(_as_text(where), packed(both))

    def newest(self, path: str, recipe: str) -> Sequence[str]:
        """Revisions whose blame of a file is kept for good."""
        if self._cache is None:
            return ()
        return self._cache.newest(_as_text(Where("", path, recipe)).path, recipe)

    def _remember(self, where: Where, origins: Mapping[int, Origin]) -> None:
        _BLAMES.put((self._name, *where), origins, _BYTES_A_LINE * len(origins))


def _as_text(where: Where) -> Where:
    """A path may hold bytes that are no text, which no database takes."""
    path = where.path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return where._replace(path=path)


def forget() -> None:
    """What this process remembers of blames; what is kept for good stays."""
    _BLAMES.clear()


def packed(origins: Mapping[int, Origin]) -> bytes:
    """To be kept: names each commit and path once and then only counts; some 2 kB for 1,000
    lines."""
    shas = sorted({origin.sha for origin in origins.values()})
    paths = sorted({origin.path for origin in origins.values()})
    sha_at = {sha: at for at, sha in enumerate(shas)}
    path_at = {path: at for at, path in enumerate(paths)}
    lines = [
        (number, sha_at[one.sha], path_at[one.path], one.line)
        for number, one in sorted(origins.items())
    ]
    return zstandard.ZstdCompressor(level=6).compress(orjson.dumps([shas, paths, lines]))


def unpacked(body: bytes) -> dict[int, Origin] | None:
    """What was kept, or None where that cannot be read: then git is asked."""
    try:
        text = zstandard.ZstdDecompressor().decompress(body, max_output_size=_LARGEST)
        shas, paths, lines = orjson.loads(text)
        return {number: Origin(shas[sha], paths[path], line) for number, sha, path, line in lines}
    except (zstandard.ZstdError, ValueError, TypeError, IndexError):
        return None


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


class Answer(NamedTuple):
    """Origin by line number (from 1) at the blamed revision, of the lines that were asked for;
    and the commits at which the search was told to stop."""

    origins: dict[int, Origin]
    edge: frozenset[str]


def read_blame(output: bytes) -> Answer:
    """What ``git blame --porcelain`` printed."""
    origins: dict[int, Origin] = {}
    names: dict[str, str] = {}
    edge: set[str] = set()
    current: tuple[str, int, int] | None = None
    for line in output.split(b"\n"):
        if line.startswith(b"\t"):
            if current is not None:
                sha, then, now = current
                origins[now] = Origin(sha, names.get(sha, ""), then)
        elif current is not None and line.startswith(b"filename "):
            names[current[0]] = line[9:].decode("utf-8", "replace")
        elif current is not None and line == b"boundary":
            edge.add(current[0])
        elif found := _HEADER.match(line):
            current = (found[1].decode(), int(found[2]), int(found[3]))
    return Answer(origins, frozenset(edge))
