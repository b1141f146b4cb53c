"""Labelled failures: what the model is trained on, as data, with a hash that names the set."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from correlator.errors import Permanent
from correlator.types import Event, Frame, Kind, Raised

KNOWN = Path(__file__).with_name("labels") / "known.jsonl"
MOST_FRAMES = 8
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A failure and the kind that somebody gave it."""

    event: Event
    kind: Kind


def read_labels(path: Path = KNOWN) -> tuple[Labelled, ...]:
    """The labels of a JSONL file: ``language``, ``type``, ``message``, ``kind``, maybe ``frames``
    and ``caused_by``. Permanent, with the line, if one is not that."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            found.append(labelled(json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError) as fault:
            raise Permanent(f"{path}, line {number} is no label: {fault}") from fault
    return tuple(found)


def labelled(data: dict[str, Any]) -> Labelled:
    """One line of a label file."""
    return Labelled(as_event(data), Kind(data["kind"]))


def as_event(data: dict[str, Any]) -> Event:
    """A failure as the label files write it, as the event that an SDK would send."""
    causes = data.get("caused_by", [])
    chain = [_raised(data, data.get("frames", [])), *(_raised(one, []) for one in causes)]
    return Event(
        event_id=str(data.get("id", "")),
        at=_NEVER,
        platform=str(data["language"]),
        exceptions=tuple(reversed(chain)),
    )


def as_label(event: Event, kind: Kind) -> dict[str, Any]:
    """A failure and its kind as the label files write it: what the model looks at, no more.

    Neither variables, addresses nor source lines of the event go along; its message does."""
    surfaced, *causes = [_written(one) for one in reversed(event.exceptions)] or [
        {"type": "", "message": event.formatted or event.message}
    ]
    frames = event.exceptions[-1].frames if event.exceptions else event.frames
    return {
        "language": event.platform,
        **surfaced,
        "frames": [
            {"filename": one.filename, "function": one.function} for one in frames[-MOST_FRAMES:]
        ],
        "caused_by": causes,
        "kind": kind.value,
    }


def _written(one: Raised) -> dict[str, Any]:
    return {"type": f"{one.module}.{one.type}" if one.module else one.type, "message": one.value}


def hash_of(labels: Iterable[Labelled]) -> str:
    """Names a set of labels, whatever their order."""
    lines = sorted(_line(one) for one in labels)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _line(one: Labelled) -> str:
    chain = [(raised.module, raised.type, raised.value) for raised in one.event.exceptions]
    return json.dumps([one.event.platform, chain, one.kind], ensure_ascii=False)


def _raised(data: dict[str, Any], frames: list[dict[str, Any]]) -> Raised:
    name = str(data["type"])
    for mark in ("::", "\\", "."):
        module, found, last = name.rpartition(mark)
        if found:
            return Raised(
                type=last, module=module, value=str(data["message"]), frames=tuple(_frames(frames))
            )
    return Raised(type=name, value=str(data["message"]), frames=tuple(_frames(frames)))


def _frames(frames: list[dict[str, Any]]) -> Iterator[Frame]:
    for one in frames:
        yield Frame(filename=str(one.get("filename", "")), function=str(one.get("function", "")))
