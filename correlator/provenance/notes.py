"""Which note of a commit a detector may read: by its content, not by the ref it lies in.

Several tools share ref names, and prose lies in ``refs/notes/commits``, where presence says
nothing. Only both ends of a note are looked at, so that a note of many MB costs little.
"""

import re
from collections.abc import Collection, Iterator
from typing import Any

import orjson

from correlator.provenance.records import Problem, Records

LONGEST_NOTE = 32 * 1024 * 1024
LONGEST_TEXT = 200
LONGEST_PATH = 4096
MOST_PROBLEMS = 20
_END = 4096
_BEFORE_NOTES = "refs/ai/authorship/"
_OWNERS = {
    "ai": "git-ai",
    "agentblame": "agentblame",
    "whogitit": "whogitit",
    "ai-blame": "whogitit",
    "agent-trace": "agent-trace",
}
_MARKS = {
    "agentblame": re.compile(rb'"attributions"\s*:\s*\['),
    "whogitit": re.compile(rb'"session"\s*:\s*\{\s*"session_id"'),
    "agent-trace": re.compile(rb'"version"\s*:\s*"\d{1,4}\.\d{1,4}\.\d{1,4}"|"agent-trace/'),
    "git-ai": re.compile(rb'"schema_version"\s*:\s*"authorship/'),
}


def notes_of(records: Records, form: str) -> Iterator[tuple[str, bytes] | Problem]:
    """(ref, text) of each note in a form; a Problem for one that is too large to be read."""
    for ref, text in sorted(records.notes.items()):
        if not text.strip() or form_of(ref, text) != form:
            continue
        if len(text) > LONGEST_NOTE:
            yield Problem(ref, f"{len(text)} bytes are more than the {LONGEST_NOTE} that are read")
        else:
            yield ref, text


def documents_of(
    records: Records, form: str, versions: Collection[int]
) -> Iterator[tuple[str, dict[str, Any]] | Problem]:
    """(ref, JSON object) of each note in a form whose ``version`` is one of these."""
    for one in notes_of(records, form):
        if isinstance(one, Problem):
            yield one
            continue
        ref, text = one
        found = read_json(text)
        if isinstance(found, str):
            yield Problem(ref, found)
        elif isinstance(found.get("version"), bool) or found.get("version") not in versions:
            yield Problem(ref, f"version {str(found.get('version'))[:20]} is none that we read")
        else:
            yield ref, found


def form_of(ref: str, text: bytes) -> str | None:
    """Whose form a note is in: by content; where that does not tell, by the ref's owner."""
    ends = text[:_END] + b"\n" + text[-_END:]
    if ends.lstrip().startswith(b"{"):
        for form, mark in _MARKS.items():
            if mark.search(ends):
                return form
    elif b'"authorship/' in text:
        return "git-ai"
    return "git-ai" if ref.startswith(_BEFORE_NOTES) else _OWNERS.get(short_name(ref))


def short_name(ref: str) -> str:
    """``ai`` for ``refs/notes/ai``, wherever a mirror keeps notes."""
    return ref.rpartition("/notes/")[2] if "/notes/" in ref else ref


def read_json(text: bytes) -> dict[str, Any] | str:
    """The JSON object, or why it is none."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as fault:
        return f"no JSON: {str(fault)[:120]}"
    return value if isinstance(value, dict) else f"a JSON {type(value).__name__}, no object"


def text_of(value: object) -> str | None:
    """A short text from a JSON value, on one line; None if it is no text or empty."""
    if not isinstance(value, str):
        return None
    words = " ".join(value[:LONGEST_TEXT].split())
    return "".join(one for one in words if one.isprintable()) or None


def path_of(value: object) -> str | None:
    """A path from a JSON value, as it is; None if it is none."""
    return value if isinstance(value, str) and 0 < len(value) <= LONGEST_PATH else None


def mapping_of(value: object) -> dict[str, Any]:
    """A JSON object, or an empty one in the place of anything else."""
    return value if isinstance(value, dict) else {}


def list_of(value: object) -> list[Any]:
    """A JSON array, or an empty one in the place of anything else."""
    return value if isinstance(value, list) else []


def few(problems: list[Problem]) -> Iterator[Problem]:
    """The first problems, and how many more there were."""
    yield from problems[:MOST_PROBLEMS]
    if len(problems) > MOST_PROBLEMS:
        yield Problem(problems[0].where, f"and {len(problems) - MOST_PROBLEMS} more like these")
