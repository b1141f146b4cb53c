"""How an event's body is kept: JSON of the value, compressed. One door in, one door out."""

from dataclasses import fields
from datetime import datetime
from typing import Any

import orjson
import zstandard

from correlator.types import Event, Frame, Level, Raised

LARGEST = 64 * 1024 * 1024


def pack(event: Event) -> bytes:
    """The event as zstd-compressed JSON."""
    return zstandard.ZstdCompressor(level=6).compress(orjson.dumps(event, default=dict))


def unpack(body: bytes) -> Event:
    """The event that ``pack`` was given. Fields that this version does not know are left out."""
    raw = orjson.loads(zstandard.ZstdDecompressor().decompress(body, max_output_size=LARGEST))
    known = _known(Event, raw)
    known["at"] = datetime.fromisoformat(raw["at"])
    known["level"] = Level(raw["level"])
    known["exceptions"] = tuple(_raised(each) for each in raw["exceptions"])
    known["frames"] = tuple(_frame(each) for each in raw["frames"])
    for name in ("fingerprint", "breadcrumbs"):
        known[name] = tuple(raw[name])
    return Event(**known)


def _raised(raw: dict[str, Any]) -> Raised:
    return Raised(**{**_known(Raised, raw), "frames": tuple(_frame(each) for each in raw["frames"])})


def _frame(raw: dict[str, Any]) -> Frame:
    known = _known(Frame, raw)
    for name in ("pre_context", "post_context"):
        known[name] = tuple(raw[name])
    return Frame(**known)


def _known(kind: type[Any], raw: dict[str, Any]) -> dict[str, Any]:
    names = {field.name for field in fields(kind)}
    return {name: value for name, value in raw.items() if name in names}
