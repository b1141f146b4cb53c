"""whogitit: every line of each touched file with its source (``refs/notes/whogitit``).

Form: versions 2 and 3. ``Original`` lines are not of this commit and ``Unknown`` ones are no
claim. The notes hold the source text and the prompts: neither is kept.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from correlator.provenance.models import model_name, read_model
from correlator.provenance.notes import (
    documents_of,
    few,
    list_of,
    mapping_of,
    path_of,
    text_of,
)
from correlator.provenance.records import DETECTORS, Problem, Records
from correlator.provenance.sessions import of_whogitit
from correlator.provenance.spans import Span, merged, span_of
from correlator.provenance.tools import tool_of_model
from correlator.types import Author, Claim, Commit, SessionRecord

CERTAINTY = 0.95
TOOK_PART = 0.2
VERSIONS = (2, 3)
_SOURCES = {
    "AI": (Author.AI, "written by an agent"),
    "AIModified": (Author.MIXED, "an agent's, changed by a person"),
    "Human": (Author.HUMAN, "typed by a person"),
}
_NO_CLAIM = frozenset({"Original", "Unknown"})


@dataclass(frozen=True, slots=True)
class _Session:
    tool: str | None
    model: str | None
    identifier: str | None
    recorded: SessionRecord | None


@DETECTORS.named("whogitit")
def whogitit(_: Commit, records: Records) -> Iterator[Claim | Problem]:
    """Claims by line from each whogitit note."""
    for one in documents_of(records, "whogitit", VERSIONS):
        if isinstance(one, Problem):
            yield one
        else:
            yield from _claims(*one)


def _claims(ref: str, found: dict[str, Any]) -> Iterator[Claim | Problem]:
    session = _session(found)
    files = list_of(found.get("files"))
    problems: list[Problem] = []
    speaks = False
    for file in files:
        path = path_of(mapping_of(file).get("path"))
        if path is None:
            problems.append(Problem(ref, "a file without a path"))
            continue
        groups, odd = _groups(list_of(file.get("lines")))
        if odd:
            problems.append(Problem(f"{ref} {path}", f"{odd} lines could not be read"))
        for (source, certainty), lines in groups.items():
            author, words = _SOURCES[source]
            because = f"whogitit recorded these lines as {words}"
            speaks = True
            yield _claim(session, author, certainty, because, path, merged(lines))
    if not speaks:
        words = "no line of it is in this commit" if files else "without a file"
        because = f"whogitit recorded a session, {words}"
        yield _claim(session, Author.AI, TOOK_PART, because)
    yield from few(problems)


def _groups(lines: list[Any]) -> tuple[dict[tuple[str, float], list[Span]], int]:
    """Lines by source and certainty, and how many could not be read."""
    groups: dict[tuple[str, float], list[Span]] = defaultdict(list)
    odd = 0
    for raw in lines:
        line = mapping_of(raw)
        source = mapping_of(line.get("source")).get("type")
        number = line.get("line_number")
        span = span_of(number, number)
        if span is None or not isinstance(source, str):
            odd += 1
        elif source in _SOURCES:
            groups[(source, _certainty(line.get("confidence")))].append(span)
        elif source not in _NO_CLAIM:
            odd += 1
    return groups, odd


def _certainty(told: object) -> float:
    if isinstance(told, bool) or not isinstance(told, int | float):
        return CERTAINTY / 2
    return round(CERTAINTY * min(1.0, max(0.0, told)), 2)


def _session(note: dict[str, Any]) -> _Session:
    told = mapping_of(note.get("session"))
    raw = text_of(mapping_of(told.get("model")).get("id"))
    model = read_model(raw) if raw else None
    tool = tool_of_model(model.vendor) if model else None
    identifier = text_of(told.get("session_id"))
    name = tool.name if tool else None
    return _Session(name, model_name(raw), identifier, of_whogitit(note))


def _claim(
    session: _Session,
    author: Author,
    certainty: float,
    because: str,
    path: str | None = None,
    lines: tuple[Span, ...] = (),
) -> Claim:
    is_person = author is Author.HUMAN
    return Claim(
        author=author,
        mechanism="whogitit",
        role="authored" if path else "took part",
        certainty=certainty,
        because=because,
        tool=None if is_person else session.tool,
        model=None if is_person else session.model,
        session=None if is_person else session.identifier,
        recorded=None if is_person else session.recorded,
        path=path,
        lines=lines,
    )
