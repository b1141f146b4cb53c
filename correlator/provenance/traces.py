"""Agent Trace records that lie in the work tree, before anybody knows which commit they are of.

A hook writes them while the commit does not exist yet: the revision is that of the parent, the
positions are those of the moment. Content decides where it can (``sha256:`` over the lines, joined
with newlines, its first digits, as the reference hook writes it), else the next commit that
touched the file, and only for lines that this commit added.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from correlator.provenance.agent_trace import LOOK_ALIKE, clean_path
from correlator.provenance.notes import list_of, mapping_of, read_json, text_of
from correlator.provenance.records import Problem
from correlator.provenance.spans import Span, span_of

MOST_RECORDS = 10_000
MOST_RANGES = 50_000
_RECIPE = "sha256:"
_SHORTEST_HASH = 12


@dataclass(frozen=True, slots=True)
class Range:
    """Lines of a file that a record speaks of: where in the record, and the hash of their text
    if it is of a recipe that we know."""

    path: str
    span: Span
    hash: str | None
    raw: Mapping[str, Any]
    contributor: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Trace:
    """A record with the revision it was written at, full hash."""

    revision: str
    ranges: tuple[Range, ...]
    raw: Mapping[str, Any]


def read_traces(where: str, text: bytes) -> tuple[tuple[Trace, ...], tuple[Problem, ...]]:
    """The records of a file, one JSON document a line, and what could not be read.

    Other documents in such a directory (prompts, logs of hooks) are nobody's record and skipped.
    """
    traces: list[Trace] = []
    problems: list[Problem] = []
    lines = text.splitlines()
    flat = 0
    for number, line in enumerate(lines[:MOST_RECORDS], 1):
        found = read_json(line) if line.strip() else {}
        if isinstance(found, str):
            problems.append(Problem(f"{where} line {number}", found))
        elif "files" in found:
            if trace := _trace(found):
                traces.append(trace)
            else:
                problems.append(Problem(f"{where} line {number}", "no git revision, or no ranges"))
        elif str(found.get("schema"))[:12] == "agent-trace/":
            flat += 1
    if flat:
        problems.append(Problem(where, f"{flat} records are {LOOK_ALIKE}: skipped"))
    if len(lines) > MOST_RECORDS:
        problems.append(Problem(where, f"{len(lines) - MOST_RECORDS} records too many: not read"))
    return tuple(traces), tuple(problems)


def _trace(found: dict[str, Any]) -> Trace | None:
    revision = text_of(mapping_of(found.get("vcs")).get("revision")) or ""
    ranges = tuple(_ranges(found))
    pseudo = not ranges and any(
        clean_path(mapping_of(one).get("path")) == "" for one in list_of(found.get("files"))
    )
    is_known = len(revision) in {40, 64} and mapping_of(found.get("vcs")).get("type") == "git"
    return Trace(revision.lower(), ranges, found) if is_known and (ranges or pseudo) else None


def _ranges(found: Mapping[str, Any]) -> Iterator[Range]:
    left = MOST_RANGES
    for file in list_of(found.get("files")):
        path = clean_path(mapping_of(file).get("path"))
        for conversation in list_of(mapping_of(file).get("conversations")) if path else ():
            everyone = mapping_of(mapping_of(conversation).get("contributor"))
            for one in list_of(mapping_of(conversation).get("ranges"))[:left]:
                told = mapping_of(one)
                left -= 1
                if span := span_of(told.get("start_line"), told.get("end_line")):
                    who = mapping_of(told.get("contributor")) or everyone
                    yield Range(path, span, _hash(told), mapping_of(conversation), who)


def _hash(told: Mapping[str, Any]) -> str | None:
    value = text_of(told.get("content_hash")) or ""
    digits = value.removeprefix(_RECIPE)
    return digits if value.startswith(_RECIPE) and len(digits) >= _SHORTEST_HASH else None


def place(one: Range, lines: Sequence[str]) -> Span | None:
    """Where the text of a range is in a file: at its position, else moved as a whole."""
    if one.hash is None:
        return None
    size = one.span[1] - one.span[0] + 1
    last = len(lines) - size
    if last < 0:
        return None
    starts = [one.span[0] - 1, *range(last + 1)] if size * last < 500_000 else [one.span[0] - 1]
    for start in starts:
        if 0 <= start <= last and _is_text(one.hash, lines[start : start + size]):
            return (start + 1, start + size)
    return None


def _is_text(digits: str, lines: Sequence[str]) -> bool:
    text = "\n".join(lines).encode("utf-8", "surrogateescape")
    return any(
        hashlib.sha256(one).hexdigest().startswith(digits)
        for one in (text, text.replace(b"\r", b""))
    )


def document(trace: Trace, placed: Iterable[tuple[Range, Sequence[Span], bool]]) -> bytes:
    """The record with its ranges as they are in a commit; ``content_hash`` is kept only where the
    text was found by it."""
    files = [
        {
            "path": one.path,
            "conversations": [
                {
                    "contributor": one.contributor,
                    "ranges": [
                        {
                            "start_line": first,
                            "end_line": last,
                            **({"content_hash": f"{_RECIPE}{one.hash}"} if by_hash else {}),
                        }
                        for first, last in spans
                    ],
                }
            ],
        }
        for one, spans, by_hash in placed
    ]
    kept = {name: trace.raw[name] for name in ("version", "id", "tool", "vcs") if name in trace.raw}
    metadata = mapping_of(trace.raw.get("metadata"))
    session = {"conversation_id": metadata.get("conversation_id")}
    return orjson.dumps({**kept, "metadata": session, "files": files})
