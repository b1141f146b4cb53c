"""Which function answers a path: found by the route that stands in the source as a string.

Frameworks differ in how they bind a route, hardly in how it looks: '/invoice/<int:id>',
"/invoice/{id}", `/invoice/:id`. The function whose decorator holds the route, or that stands beside
it, handles it; a handler without a name is the lines below its route.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from correlator.code.spans import innermost, spans
from correlator.ranking.calls import opened
from correlator.types import Hunk, Patch

LONGEST_LINE = 500
DECORATED = 8
UNNAMED = 25
_STRING = re.compile(r"""["'`](\^?/?[\w<>{}:./\[\]*$-]{2,200})["'`]""")
_NAMED = re.compile(r"(?:view|handler|to|func|function|action)?[=,:]\s{0,3}([\w.]{2,100})")
_HOLES = frozenset("<{:*$[(^")


@dataclass(frozen=True, slots=True)
class Handlers:
    """What answers some paths, by file: names of functions, and lines where they have no name."""

    names: Mapping[str, set[str]]
    lines: Mapping[str, list[range]]


def handlers(texts: Mapping[str, str], paths: Sequence[str]) -> Handlers:
    """The handlers of these request paths in some files' texts (by path of the file)."""
    names: dict[str, set[str]] = {}
    lines: dict[str, list[range]] = {}
    for name, text in texts.items():
        known = None
        for at, line in enumerate(text.split("\n"), 1):
            if not any(fits(route, path) for route in _in(line) for path in paths):
                continue
            known = spans(name, text) if known is None else known
            span = innermost(known, at)
            if span is not None and at - span.first <= DECORATED:
                names.setdefault(name, set()).add(span.short)
            elif bound := _named(line):
                names.setdefault(name, set()).update(bound)
            else:
                lines.setdefault(name, []).append(range(at, at + UNNAMED))
    return Handlers(names, lines)


def fits(route: str, path: str) -> bool:
    """Whether a route as it stands in a source answers a path: its last segments must be alike,
    and one of them must be a word and not a hole."""
    wanted = [part for part in path.split("/") if part]
    given = [part for part in route.strip("^$").split("/") if part]
    if not given or len(given) > len(wanted) or ("/" not in route and len(wanted) > 1):
        return False
    pairs = list(zip(given, wanted[-len(given) :], strict=True))
    words = [(mine, theirs) for mine, theirs in pairs if not _HOLES & set(mine)]
    return bool(words) and all(mine.casefold() == theirs.casefold() for mine, theirs in words)


def touches(patch: Patch, found: Handlers, paths: Sequence[str]) -> str | None:
    """The file in which a change touched a function that handles one of the paths, or its route."""
    handled = {name for names in found.names.values() for name in names}
    for file in patch.files:
        near = found.lines.get(file.path, [])
        for hunk in file.hunks:
            names = set(opened(hunk))
            # The route may stand in one file, and the function that it names in another.
            if names & handled or _changes_route(hunk, paths):
                return file.path
            if any(hunk.new_start in lines for lines in near):
                return file.path
    return None


def _changes_route(hunk: Hunk, paths: Sequence[str]) -> bool:
    lines = (*hunk.removed, *hunk.added)
    return any(fits(route, path) for line in lines for route in _in(line) for path in paths)


def _in(line: str) -> Iterator[str]:
    for string in _STRING.finditer(line[:LONGEST_LINE]):
        yield string.group(1)


def _named(line: str) -> set[str]:
    """Functions that the line binds the route to, where it lies in none: ``views.invoice``."""
    return {found.group(1).rpartition(".")[2] for found in _NAMED.finditer(line[:LONGEST_LINE])}
