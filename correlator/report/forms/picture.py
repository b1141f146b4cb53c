"""A chart as a PNG, for e-mail: the one channel that shows pictures and no SVG.

Bars without words: their labels and numbers stand beside it as text, which a reader can follow,
enlarge and have read out. So the standard library is enough, and no drawing library has to be
carried and kept patched for a few rectangles. Source of the format: W3C PNG, third edition.
"""

import struct
import zlib
from collections.abc import Sequence

WIDTH, HEIGHT = 600, 140
GAP = 0.3
# Paper, bars of the weeks before, the report's week; as RGB. Legible on dark backgrounds as well.
PALETTE = bytes((255, 255, 255, 174, 180, 190, 40, 85, 197))
_THEN, _NOW = 1, 2


def bars_png(values: Sequence[float], width: int = WIDTH, height: int = HEIGHT) -> bytes:
    """Bars from the bottom, as high as their share of the largest; the last in its own colour.

    What is not 0 is at least a pixel high."""
    most = max(values, default=0) or 1
    tall = [max(round(value / most * height), int(value > 0)) for value in values]
    rows = (b"\0" + _row(tall, height - down, width) for down in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = (
        _chunk(b"IHDR", head),
        _chunk(b"PLTE", PALETTE),
        _chunk(b"IDAT", zlib.compress(b"".join(rows), 9)),
        _chunk(b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _row(tall: Sequence[int], height: int, width: int) -> bytes:
    """One line of pixels, ``height`` above the ground."""
    line = bytearray(width)
    slot = width / max(len(tall), 1)
    for place, top in enumerate(tall):
        if top >= height:
            left, right = round((place + GAP / 2) * slot), round((place + 1 - GAP / 2) * slot)
            colour = _NOW if place == len(tall) - 1 else _THEN
            line[left:right] = bytes([colour]) * (right - left)
    return bytes(line)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
