"""Event bodies as they are stored: the scrubbed event as JSON, zstd-compressed.

Reading back gives the very value that was packed, so that an explanation made tomorrow starts
from what today's started from.
"""

from datetime import datetime
from typing import Any

import orjson
import zstandard

from correlator.types import Event, Frame, Level, Raised

LARGEST = 16 * 1024 * 1024


def pack(event: Event) -> bytes:
    """The event as compressed bytes."""
    return zstandard.ZstdCompressor(level=6).compress(orjson.dumps(event, default=_plain))


def unpack(body: bytes) -> Event:
    """The event that was packed."""
    text = zstandard.ZstdDecompressor().decompress(body, max_output_size=LARGEST)
    given: dict[str, Any] = orjson.loads(text)
    given["at"] = datetime.fromisoformat(given["at"])
    given["level"] = Level(given["level"])
    given["exceptions"] = tuple(_raised(raised) for raised in given["exceptions"])
    given["frames"] = tuple(_frame(frame) for frame in given["frames"])
    for name in ("fingerprint", "breadcrumbs"):
        given[name] = tuple(given[name])
    return Event(**given)


def _raised(given: dict[str, Any]) -> Raised:
    return Raised(**{**given, "frames": tuple(_frame(frame) for frame in given["frames"])})


def _frame(given: dict[str, Any]) -> Frame:
    contexts = {name: tuple(given[name]) for name in ("pre_context", "post_context")}
    return Frame(**{**given, **contexts})


def _plain(value: Any) -> Any:
    if hasattr(value, "items"):
        return dict(value)
    raise TypeError(f"{type(value).__name__} does not belong into an event")
