"""Event bodies as they are stored: the scrubbed event as JSON, zstd-compressed with a dictionary.

Events look alike (the same fields, frameworks, versions), so a dictionary trained on typical ones
saves about half of what is left. Each body names its dictionary by number in its zstd frame, and
dictionaries are only ever added, so that a body stays readable for good; 0 means none.

Reading back gives the very value that was packed, so that an explanation made tomorrow starts
from what today's started from.
"""

from functools import cache
from pathlib import Path
from typing import Any

import orjson
import zstandard
from pydantic import TypeAdapter

from correlator.errors import Permanent
from correlator.types import Event

LARGEST = 16 * 1024 * 1024
LEVEL = 6
# The dictionary that new bodies are packed with; made by benchmarks/train_dictionary.py.
NEWEST = 1
DICTIONARIES = Path(__file__).parent / "dictionaries"

_EVENT = TypeAdapter(Event)


def pack(event: Event) -> bytes:
    """The event as compressed bytes."""
    return zstandard.ZstdCompressor(level=LEVEL, dict_data=dictionary(NEWEST)).compress(
        plain(event)
    )


def unpack(body: bytes) -> Event:
    """The event that was packed. Permanent when the body is damaged, or of a newer version."""
    try:
        frame = zstandard.get_frame_parameters(body)
        if frame.content_size > LARGEST:
            raise Permanent(f"A stored event cannot be read: it claims {frame.content_size} bytes.")
        known = dictionary(frame.dict_id) if frame.dict_id else None
        text = zstandard.ZstdDecompressor(dict_data=known).decompress(body, max_output_size=LARGEST)
    except zstandard.ZstdError as fault:
        raise Permanent(f"A stored event cannot be read: {fault}") from fault
    return _EVENT.validate_json(text)


def plain(event: Event) -> bytes:
    """The event as JSON."""
    return orjson.dumps(event, default=_mapping)


@cache
def dictionary(number: int) -> zstandard.ZstdCompressionDict:
    """The dictionary of that number, ready to pack with."""
    try:
        content = (DICTIONARIES / f"events-{number}.zdict").read_bytes()
    except FileNotFoundError as fault:
        raise Permanent(
            f"A stored event needs dictionary {number}, which this Correlator does not have: it was"
            " written by a newer one. Install that one."
        ) from fault
    read = zstandard.ZstdCompressionDict(content)
    if read.dict_id() != number:
        raise Permanent(f"Dictionary {number} calls itself {read.dict_id()}: install us anew.")
    read.precompute_compress(level=LEVEL)
    return read


def _mapping(value: Any) -> Any:
    if hasattr(value, "items"):
        return dict(value)
    raise TypeError(f"{type(value).__name__} does not belong into an event")
