"""The text of a git-ai note, taken apart: attestations of lines, and the records they refer to.

Format: git-ai standard v3.0.0. Attestations (a path at column 0, then ``  key ranges`` lines), a
line that is ``---``, one JSON object. A note without attestations begins with the divider, so
it is found by line and never by splitting at a newline.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from correlator.provenance.notes import LONGEST_PATH, few, mapping_of, read_json, text_of
from correlator.provenance.records import Problem
from correlator.provenance.spans import MOST_SPANS, Span, read_spans

SCHEMA = "authorship/3"


@dataclass(frozen=True, slots=True)
class Entry:
    """One attestation: ``key`` wrote ``spans`` of a file."""

    key: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """A note: entries by path in their order (the first block of a path only, as git-ai reads
    it), the three maps of records by key, and who wrote the note for which commit."""

    files: Mapping[str, tuple[Entry, ...]]
    prompts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    sessions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    humans: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    writer: str | None = None
    base: str | None = None


def read_note(where: str, text: bytes) -> tuple[Note | None, tuple[Problem, ...]]:
    """A note and what in it could not be read; None if nothing could be."""
    attested, divider, meta = _divide(text)
    if not divider:
        return None, (Problem(where, "no line '---': the note is cut off or of another form"),)
    found = read_json(meta)
    if isinstance(found, str):
        return None, (Problem(where, f"after '---': {found}"),)
    schema = text_of(found.get("schema_version")) or ""
    if not schema.startswith(SCHEMA):
        return None, (Problem(where, f"schema_version {schema!r} is none that we read"),)
    files, problems = _files(where, attested)
    note = Note(
        files=files,
        prompts=_records(found, "prompts"),
        sessions=_records(found, "sessions"),
        humans=_records(found, "humans"),
        writer=text_of(found.get("git_ai_version")),
        base=text_of(found.get("base_commit_sha")),
    )
    return note, tuple(few(problems))


def _divide(text: bytes) -> tuple[list[str], bool, bytes]:
    text = text.replace(b"\r\n", b"\n")
    if text.startswith(b"---\n"):
        return [], True, text[4:]
    attested, divider, meta = text.partition(b"\n---\n")
    return attested.decode("utf-8", "replace").split("\n"), bool(divider), meta


def _records(found: Mapping[str, Any], name: str) -> dict[str, Mapping[str, Any]]:
    return {
        key: value for key, value in mapping_of(found.get(name)).items() if isinstance(value, dict)
    }


def _files(where: str, lines: list[str]) -> tuple[dict[str, tuple[Entry, ...]], list[Problem]]:
    blocks: dict[str, list[Entry]] = {}
    problems: list[Problem] = []
    current: list[Entry] | None = None
    left = MOST_SPANS
    for number, line in enumerate(lines, 1):
        at = f"{where} line {number}"
        if not line.strip():
            continue
        if not line.startswith(" "):
            path = _path(line)
            current = None if path in blocks else blocks.setdefault(path, [])
            continue
        entry = _entry(line)
        if entry is None:
            problems.append(Problem(at, f"no attestation: {line[:80]!r}"))
        elif len(entry.spans) > left:
            problems.append(Problem(at, f"more than {MOST_SPANS} ranges: the rest is not read"))
            break
        elif current is not None:
            current.append(entry)
            left -= len(entry.spans)
    return {path: tuple(entries) for path, entries in blocks.items()}, problems


def _path(line: str) -> str:
    quoted = len(line) > 1 and line[0] == line[-1] == '"'
    return (line[1:-1] if quoted else line)[:LONGEST_PATH]


def _entry(line: str) -> Entry | None:
    key, _, ranges = line[2:].partition(" ")
    if not line.startswith("  ") or not key or len(key) > 200 or not key.isprintable():
        return None
    spans = read_spans(ranges.strip())
    return Entry(key, spans) if spans else None
