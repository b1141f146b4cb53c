"""Writes answers as Agent Trace 0.1.0 records: the open form that other tools read.

One record a tool, since the specification names the tool once a record. What is unknown is left
out, which the specification reads as unknown; robots have no kind there and are left out, too.
"""

import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from correlator.provenance.models import read_model
from correlator.types import Author, Provenance

VERSION = "0.1.0"
_SPACE = uuid.UUID("8d5bd2a2-6c1f-5d0b-9f0e-3f1f3a7b9c55")
_TYPES = {Author.AI: "ai", Author.HUMAN: "human", Author.MIXED: "mixed"}


class Lines(NamedTuple):
    """Lines of a file, both inclusive, with their answer."""

    path: str
    first: int
    last: int
    answer: Provenance


def records(lines: Iterable[Lines], revision: str, at: datetime) -> Iterator[dict[str, Any]]:
    """The records of a tree at a revision, in the order of tools; the same lines give the same
    records."""
    by_tool: dict[str, dict[str, dict[tuple[str, str], list[tuple[int, int]]]]] = {}
    for one in lines:
        kind = _TYPES.get(one.answer.author)
        if kind is None:
            continue
        tool = ",".join(one.answer.tools)
        model = one.answer.models[0] if len(one.answer.models) == 1 else ""
        conversations = by_tool.setdefault(tool, {}).setdefault(one.path, {})
        conversations.setdefault((kind, model), []).append((one.first, one.last))
    for tool, files in sorted(by_tool.items()):
        yield {
            "version": VERSION,
            "id": str(uuid.uuid5(_SPACE, f"{revision} {tool}")),
            "timestamp": at.isoformat(),
            "vcs": {"type": "git", "revision": revision},
            **({"tool": {"name": tool}} if tool else {}),
            "files": [
                {
                    "path": path,
                    "conversations": [_conversation(*one) for one in sorted(found.items())],
                }
                for path, found in sorted(files.items())
            ],
        }


def _conversation(who: tuple[str, str], spans: list[tuple[int, int]]) -> dict[str, Any]:
    kind, model = who
    known = read_model(model) if model else None
    named = f"{known.vendor}/{known.name}" if known else model
    return {
        "contributor": {"type": kind, **({"model_id": named[:250]} if named else {})},
        "ranges": [{"start_line": first, "end_line": last} for first, last in _joined(spans)],
    }


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if found and first == found[-1][1] + 1:
            found[-1] = (found[-1][0], last)
        else:
            found.append((first, last))
    return found
