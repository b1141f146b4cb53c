"""The files that a trace goes through: their text, what stands where in them, and the places.

A place is a traced function with its lines, or a lone line outside of any.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from correlator.code.repo import Repo
from correlator.code.spans import innermost, spans
from correlator.ranking.case import Place
from correlator.types import Location, Origin, Span

PLACES = 24
BLAMED_FILES = 12
# Source lines that are shown before and after a frame's.
BEFORE, AFTER = 5, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Text, spans and blame of the traced files at the deployed revision, by path.

    ``origins``: by line number, of the lines that matter.
    """

    text: Mapping[str, tuple[str, ...]]
    spans: Mapping[str, tuple[Span, ...]]
    origins: Mapping[str, Mapping[int, Origin]] = field(default_factory=dict)


def read_texts(repo: Repo, deployed: str, locations: Sequence[Location]) -> dict[str, str]:
    """The files the trace goes through, nearest first."""
    near = sorted(locations, key=lambda at: (at.depth, at.chain))
    return repo.texts(deployed, list(dict.fromkeys(at.path for at in near)))


def read_sources(texts: Mapping[str, str]) -> Sources:
    """These files, and what stands where in them."""
    return Sources(
        text={path: tuple(text.split("\n")) for path, text in texts.items()},
        spans={path: spans(path, text) for path, text in texts.items()},
    )


def paths_of(locations: Sequence[Location], texts: Mapping[str, str]) -> list[str] | None:
    """The files of the places, before it is known what stands where in them; None where that
    cannot be told, as there may be more places than are looked at."""
    there = {path: text.count("\n") + 1 for path, text in texts.items()}
    near = sorted(locations, key=lambda at: (at.depth, at.chain))
    lines = [(at.path, at.line) for at in near if at.line and 1 <= at.line <= there.get(at.path, 0)]
    if len(set(lines)) > PLACES:
        return None
    return list(dict.fromkeys(path for path, _ in lines))[:BLAMED_FILES]


def wanted_lines(
    locations: Iterable[Location], places: Iterable[Place], sources: Sources
) -> dict[str, set[int]]:
    """Lines whose origin matters, by path, nearest file first: those of the traced functions, and
    those shown around a frame."""
    lines: dict[str, set[int]] = defaultdict(set)
    for place in places:
        lines[place.path].update(range(place.first, place.last + 1))
    for at in locations:
        if at.line is not None and at.path in lines:
            lines[at.path].update(range(at.line - BEFORE, at.line + AFTER + 1))
    # What follows the last line feed is no line to git.
    there = {path: len(text) - (text[-1] == "") for path, text in sources.text.items()}
    return {
        path: {line for line in many if 1 <= line <= there[path]}
        for path, many in list(lines.items())[:BLAMED_FILES]
    }


def find_places(locations: Iterable[Location], sources: Sources) -> tuple[Place, ...]:
    """The traced functions, nearest to a crash first; of a chain, both crashes are near."""
    lines: dict[tuple[str, str, int, int], list[Location]] = defaultdict(list)
    for at in sorted(locations, key=lambda at: (at.depth, at.chain)):
        if at.line is None or not 1 <= at.line <= len(sources.text.get(at.path, ())):
            continue
        span = innermost(sources.spans[at.path], at.line)
        where = (span.name, span.first, span.last) if span else ("", at.line, at.line)
        lines[(at.path, *where)].append(at)
    return tuple(
        _place(key, path, (name, first, last), found, sources)
        for key, ((path, name, first, last), found) in enumerate(list(lines.items())[:PLACES])
    )


def _place(
    key: int, path: str, where: tuple[str, int, int], found: list[Location], sources: Sources
) -> Place:
    name, first, last = where
    text = sources.text[path]
    return Place(
        key=key,
        path=path,
        name=name,
        first=first,
        last=last,
        lines=tuple(dict.fromkeys(at.line for at in found if at.line)),
        depth=found[0].depth,
        chain=found[0].chain,
        text={n: text[n - 1] for n in range(first, last + 1) if n <= len(text)},
        owner=_owner(sources.spans[path], name),
    )


def _owner(spans: Iterable[Span], name: str) -> str:
    """The class that a function of that name is a method of; empty if it is none's."""
    outer = name.rpartition(".")[0]
    return outer if any(span.kind == "class" and span.name == outer for span in spans) else ""
