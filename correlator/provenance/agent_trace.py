"""Agent Trace 0.1.0 records, one JSON document a line, from notes or matched to a commit.

Storage is left open by the specification. A hook writes before the commit exists, so a record's
revision is the parent's; whoever matched it to this commit did so by content: derived.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from correlator.provenance.models import model_name, read_model
from correlator.provenance.notes import (
    LONGEST_PATH,
    few,
    list_of,
    mapping_of,
    notes_of,
    read_json,
    text_of,
)
from correlator.provenance.records import DETECTORS, Problem, Records
from correlator.provenance.sessions import of_agent_trace
from correlator.provenance.spans import Span, span_of
from correlator.provenance.tools import tool_name, tool_of_model
from correlator.types import Author, Claim, Commit

EXACT = 0.95
DERIVED = 0.8
PLACED = 0.6
MOST_RECORDS = 10_000
_PSEUDO = frozenset({".shell-history", ".sessions", ".unknown"})
_CONTRIBUTORS = {"ai": Author.AI, "human": Author.HUMAN, "mixed": Author.MIXED}
_WORDS = {Author.AI: "an agent's", Author.HUMAN: "a person's", Author.MIXED: "of both"}
LOOK_ALIKE = "of a flat look-alike form without 'files'"


@dataclass(frozen=True, slots=True)
class _Source:
    tool: str | None
    session: str | None
    derived: bool


@DETECTORS.named("agent-trace")
def agent_trace(commit: Commit, records: Records) -> Iterator[Claim | Problem]:
    """Claims by line from each record."""
    for one in notes_of(records, "agent-trace"):
        if isinstance(one, Problem):
            yield one
        else:
            yield from _documents(one[0], one[1].splitlines(), commit)
    if records.traces:
        yield from _documents("agent trace", list(records.traces), commit)


def _documents(where: str, documents: list[bytes], commit: Commit) -> Iterator[Claim | Problem]:
    problems: list[Problem] = []
    flat = 0
    for number, text in enumerate(documents[:MOST_RECORDS], 1):
        if not text.strip():
            continue
        found = read_json(text)
        if isinstance(found, str):
            problems.append(Problem(f"{where} record {number}", found))
        elif "files" not in found:
            flat += 1
        elif not isinstance(found["files"], list) or not isinstance(found.get("version"), str):
            problems.append(Problem(f"{where} record {number}", "'files' or 'version' is amiss"))
        else:
            yield from _claims(found, commit)
    if flat:
        yield Problem(where, f"{flat} records are {LOOK_ALIKE}: skipped")
    if len(documents) > MOST_RECORDS:
        yield Problem(where, f"{len(documents) - MOST_RECORDS} records are too many: not read")
    yield from few(problems)


def _claims(found: dict[str, Any], commit: Commit) -> Iterator[Claim]:
    metadata = mapping_of(found.get("metadata"))
    source = _Source(
        tool=tool_name(text_of(mapping_of(found.get("tool")).get("name"))),
        session=text_of(metadata.get("conversation_id")) or text_of(found.get("id")),
        derived=mapping_of(found.get("vcs")).get("revision") != commit.sha,
    )
    for file in list_of(found.get("files")):
        path = clean_path(mapping_of(file).get("path"))
        for raw in list_of(mapping_of(file).get("conversations")) if path else ():
            conversation = mapping_of(raw)
            everyone = mapping_of(conversation.get("contributor"))
            for one in list_of(conversation.get("ranges")):
                told = mapping_of(one)
                span = span_of(told.get("start_line"), told.get("end_line"))
                contributor = mapping_of(told.get("contributor")) or everyone
                if span and (claim := _claim(source, contributor, path, span)):
                    claim = replace(claim, recorded=of_agent_trace(conversation))
                    by_place = source.derived and "content_hash" not in told
                    yield replace(claim, certainty=PLACED) if by_place else claim


def clean_path(raw: object) -> str:
    """A path inside the repository with slashes; "" for an absolute one, an address, or one of
    the pseudo files that hold commands."""
    path = (
        (raw if isinstance(raw, str) else "")[:LONGEST_PATH].replace("\\", "/").removeprefix("./")
    )
    outside = path.startswith("/") or ":" in path.split("/", 1)[0] or ".." in path.split("/")
    return "" if outside or path in _PSEUDO else path


def _claim(source: _Source, contributor: dict[str, Any], path: str, span: Span) -> Claim | None:
    author = _CONTRIBUTORS.get(str(contributor.get("type"))[:20])
    if author is None:
        return None
    raw = text_of(contributor.get("model_id"))
    model = read_model(raw) if raw else None
    known = tool_of_model(model.vendor) if model else None
    tool = source.tool or (known.name if known else None)
    is_person = author is Author.HUMAN
    return Claim(
        author=author,
        mechanism="agent-trace",
        role="authored",
        certainty=DERIVED if source.derived else EXACT,
        because=f"an Agent Trace record calls these lines {_WORDS[author]}"
        + (", matched to this commit by content" if source.derived else ""),
        tool=None if is_person else tool,
        model=None if is_person else model_name(raw),
        session=source.session,
        path=path,
        lines=(span,),
        derived=source.derived,
    )
