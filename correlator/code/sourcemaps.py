"""Source maps (ECMA-426, revision 3 as every bundler writes it): from a bundle back to its source.

Maps are whatever a repository holds: they are sized before they are read, a bad one is said to be
bad, and the names in them are only ever looked up among the files of the revision.
"""

import base64
import binascii
import posixpath
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import orjson

# Of a map, in bytes; half of one is mostly the sources themselves.
LARGEST_MAP = 24 * 1024 * 1024
LARGEST_MAPPINGS = 8 * 1024 * 1024
# What a line of a bundle may end with, so that it is looked for in its last lines only.
_TAIL = 4096
_URL = re.compile(r"^[ \t]*(?://|/\*)[#@][ \t]+sourceMappingURL=(\S{1,2000})", re.MULTILINE)
_INLINE = re.compile(r"^[ \t]*(?://|/\*)[#@][ \t]+sourceMappingURL=data:", re.MULTILINE)
_DATA = re.compile(r"application/json(?:;charset=[\w-]{1,20})?(;base64)?,")
_SCHEME = re.compile(r"\A[a-z][a-z0-9+.-]{0,30}:/{0,3}", re.IGNORECASE)
_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_VALUE = {letter: value for value, letter in enumerate(_DIGITS)}
_MOST_SECTIONS = 1000
# Segments of a real map repeat; of a hostile one, so many are held.
_MOST_KNOWN = 100_000
_PIECE = re.compile(r"[^,;]+|;")


class BadMap(ValueError):
    """Why a source map cannot be used, in a few words."""


@dataclass(frozen=True, slots=True)
class Original:
    """Where a position of a bundle comes from; line and column count from 1."""

    source: str
    line: int
    column: int


def named_map(text: str) -> str | None:
    """What a bundle says its map is: a path, an address, or ``data:`` where it holds the map."""
    if found := _INLINE.search(text, max(0, text.rfind("sourceMappingURL=data:") - 40)):
        return text[found.end() - 5 :].partition("\n")[0].strip()
    urls = _URL.findall(text[-_TAIL:])
    return urls[-1].removesuffix("*/") if urls else None


def map_paths(bundle: str, named: str | None) -> tuple[str, ...]:
    """Paths at which the map of a bundle may lie in its repository, the likeliest first."""
    beside = f"{bundle}.map"
    if not named or named.startswith("data:"):
        return (beside,)
    name = unquote(named.partition("?")[0].partition("#")[0])
    if "://" in name:
        name = name.rpartition("/")[2]
    where = _joined(posixpath.dirname(bundle), name)
    return tuple(dict.fromkeys(path for path in (where, beside) if path))


def inline_map(named: str) -> bytes:
    """The map that a ``data:`` address holds; BadMap if it is none."""
    found = _DATA.match(named, len("data:"))
    if found is None:
        raise BadMap("it is neither JSON nor base64")
    body = named[found.end() :]
    if not found.group(1):
        return unquote(body).encode()
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error as fault:
        raise BadMap("its base64 is broken") from fault


def originals(body: bytes, wanted: Sequence[tuple[int, int]]) -> dict[tuple[int, int], Original]:
    """Where each (line, column) of a bundle comes from, both from 1; those that the map says
    nothing of are left out. BadMap if it cannot be read."""
    if len(body) > LARGEST_MAP:
        raise BadMap(f"it has more than {LARGEST_MAP // 1024 // 1024} MiB")
    try:
        read = orjson.loads(body.removeprefix(b")]}'").lstrip())
    except orjson.JSONDecodeError as fault:
        raise BadMap("it is no JSON") from fault
    found: dict[tuple[int, int], Original] = {}
    for (line, column), one in _sections(read):
        shifted = {
            (at[0] - line, at[1] - (column if at[0] - 1 == line else 0)): at
            for at in wanted
            if (at[0] - 1, at[1] - 1) >= (line, column)
        }
        inside = _look_up(one, sorted(shifted))
        # A later section takes over from the ones before it, also where it says nothing.
        found = {at: place for at, place in found.items() if at not in shifted.values()}
        found |= {shifted[at]: place for at, place in inside.items()}
    return found


def candidates(source: str, beside: str) -> tuple[str, ...]:
    """Paths in the repository that a map at ``beside`` may mean by ``source``, likeliest first.

    ``webpack://shop/./src/a.ts`` is ``src/a.ts``; ``../src/a.ts`` in ``dist/`` is ``src/a.ts``.
    """
    source = unquote(source.replace("\\", "/")).partition("?")[0][:1000]
    if scheme := _SCHEME.match(source):
        rest = source[scheme.end() :]
        # webpack://shop/./src: what stands before the path is the bundle's name; or nothing does.
        paths = [rest.partition("/")[2], rest]
        if scheme.group().endswith("///"):
            paths.reverse()
    elif source.startswith("/"):
        paths = [source[1:]]
    else:
        here = _joined(posixpath.dirname(beside), source)
        paths = [here or "", source]
    return tuple(dict.fromkeys(path for path in map(_inside, paths) if path))


def _inside(path: str) -> str:
    """A path without what leads nowhere: bundlers prepend as many ``../`` as they like."""
    parts = posixpath.normpath(path).split("/")
    while parts and parts[0] in ("..", ".", ""):
        parts.pop(0)
    return "/".join(parts)


def _joined(directory: str, name: str) -> str | None:
    """A relative path from a directory, None if it leads out of the repository."""
    path = posixpath.normpath(posixpath.join("/", directory, name))
    climbs = posixpath.normpath(posixpath.join(directory, name)).startswith("../")
    return None if climbs or name.startswith("/") else path.lstrip("/")


def _sections(read: Any) -> Iterator[tuple[tuple[int, int], Mapping[str, Any]]]:
    """The map, or the maps that an index map is made of, with where each begins (from 0)."""
    if not isinstance(read, dict) or read.get("version") != 3:
        raise BadMap("it is no source map of version 3")
    if not isinstance(read.get("sections"), list):
        yield (0, 0), read
        return
    for section in read["sections"][:_MOST_SECTIONS]:
        try:
            offset, one = section["offset"], section["map"]
            where = (int(offset["line"]), int(offset["column"]))
        except (KeyError, TypeError, ValueError) as fault:
            raise BadMap("a section of it cannot be read") from fault
        if isinstance(one, dict):
            yield where, one


def _look_up(
    read: Mapping[str, Any], wanted: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], Original]:
    sources, mappings = read.get("sources"), read.get("mappings")
    if not isinstance(sources, list) or not isinstance(mappings, str):
        raise BadMap("it has no sources or no mappings")
    root = read.get("sourceRoot")
    by_line: dict[int, list[int]] = {}
    for line, column in wanted:
        by_line.setdefault(line, []).append(column)
    found: dict[tuple[int, int], Original] = {}
    for number, segments in _decoded(mappings, by_line).items():
        starts = [segment[0] for segment in segments]
        for column in by_line[number]:
            at = bisect_right(starts, column - 1) - 1
            if at < 0 or segments[at][1] is None:
                continue
            _, source, line, origin = segments[at]
            if source is not None and 0 <= source < len(sources) and line >= 0:
                name = _named(sources[source], root)
                if name:
                    found[number, column] = Original(name, line + 1, max(0, origin) + 1)
    return found


def _named(source: Any, root: Any) -> str:
    if not isinstance(source, str):
        return ""
    return f"{root.rstrip('/')}/{source}" if isinstance(root, str) and root else source


Segment = tuple[int, int | None, int, int]


def _decoded(mappings: str, lines: Iterable[int]) -> dict[int, list[Segment]]:
    """The segments of these lines (from 1): column, source, line and column there, from 0."""
    if len(mappings) > LARGEST_MAPPINGS:
        raise BadMap(f"its mappings have more than {LARGEST_MAPPINGS // 1024 // 1024} MiB")
    kept: dict[int, list[Segment]] = {number: [] for number in lines}
    last = max(kept, default=0)
    here = generated = source = line = column = 0
    for number, fields in _segments(mappings):
        if number > last:
            break
        generated = fields[0] + (generated if number == here else 0)
        here = number
        if len(fields) > 1:
            source += fields[1]
            line += fields[2]
            column += fields[3]
        if number in kept:
            kept[number].append((generated, source if len(fields) > 1 else None, line, column))
    return {number: sorted(row, key=lambda one: one[0]) for number, row in kept.items()}


def _segments(mappings: str) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Line (from 1) and numbers of each segment."""
    known: dict[str, tuple[int, ...]] = {}
    number = 1
    for found in _PIECE.finditer(mappings):
        piece = found.group()
        if piece == ";":
            number += 1
            continue
        fields = known.get(piece)
        if fields is None:
            if len(known) > _MOST_KNOWN:
                known.clear()
            fields = known[piece] = _fields(piece)
        yield number, fields


def _fields(segment: str) -> tuple[int, ...]:
    """The numbers of a segment: base64 digits of 5 bits, the sixth says that more follow."""
    fields: list[int] = []
    value = shift = 0
    for letter in segment:
        digit = _VALUE.get(letter)
        if digit is None or shift > 30 or len(fields) == 5:
            raise BadMap("its mappings cannot be read")
        value |= (digit & 31) << shift
        shift += 5
        if not digit & 32:
            fields.append(-(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    if shift or len(fields) not in (1, 4, 5):
        raise BadMap("its mappings cannot be read")
    return tuple(fields)
