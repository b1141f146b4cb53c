"""Snippets: the source around located frames, with the origin of every line."""

from collections.abc import Iterable

from correlator.code.spans import innermost
from correlator.investigation.sources import AFTER, BEFORE, Sources
from correlator.types import CodeLine, Location, Snippet

SNIPPETS = 6
WIDTH = 400


def snippets(locations: Iterable[Location], sources: Sources) -> tuple[Snippet, ...]:
    """About nine lines around each of the nearest located frames, the crash first."""
    made: dict[tuple[str, int], Snippet] = {}
    for at in sorted(locations, key=lambda at: (at.chain, at.depth)):
        text = sources.text.get(at.path, ())
        if at.line is None or not 1 <= at.line <= len(text) or (at.path, at.line) in made:
            continue
        made[(at.path, at.line)] = _snippet(at, at.line, sources)
        if len(made) == SNIPPETS:
            break
    return tuple(made.values())


def _snippet(at: Location, line: int, sources: Sources) -> Snippet:
    text, origins = sources.text[at.path], sources.origins.get(at.path, {})
    span = innermost(sources.spans[at.path], line)
    # What follows the last newline is no line, unless that is where it failed.
    end = len(text) - 1 if text[-1] == "" and line < len(text) else len(text)
    first, last = max(1, line - BEFORE), min(end, line + AFTER)
    return Snippet(
        path=at.path,
        line=line,
        depth=at.depth,
        chain=at.chain,
        function=span.name if span else at.frame.function,
        bundle=at.bundle,
        lines=tuple(
            CodeLine(
                number=number,
                text=text[number - 1][:WIDTH],
                origin=origins.get(number),
            )
            for number in range(first, last + 1)
        ),
    )
