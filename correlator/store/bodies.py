"""Event bodies as they are stored: the scrubbed event as JSON, zstd-compressed.

Reading back gives the very value that was packed, so that an explanation made tomorrow starts
from what today's started from.
"""

from typing import Any

import orjson
import zstandard
from pydantic import TypeAdapter

from correlator.types import Event

LARGEST = 16 * 1024 * 1024

_EVENT = TypeAdapter(Event)


def pack(event: Event) -> bytes:
    """The event as compressed bytes."""
    return zstandard.ZstdCompressor(level=6).compress(orjson.dumps(event, default=_plain))


def unpack(body: bytes) -> Event:
    """The event that was packed."""
    text = zstandard.ZstdDecompressor().decompress(body, max_output_size=LARGEST)
    return _EVENT.validate_json(text)


def _plain(value: Any) -> Any:
    if hasattr(value, "items"):
        return dict(value)
    raise TypeError(f"{type(value).__name__} does not belong into an event")
