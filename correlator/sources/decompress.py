"""Compressed bodies, opened as a stream with a hard cap: a bomb costs no more than the cap.

Content codings: gzip, deflate (zlib-wrapped as the RFC says, or raw as some send it), br, zstd.
"""

import zlib
from collections.abc import Callable, Generator, Iterator

import brotli
import zstandard

from correlator.errors import Refused

CHUNK = 64 * 1024
_ZSTD_WINDOW = 8 * 1024 * 1024
_ZSTD_PIECE = 128
_GZIP_MAGIC = b"\x1f\x8b"

Opener = Callable[[bytes], Iterator[bytes]]


def decompress(body: bytes, encoding: str, limit: int) -> bytes:
    """The body decoded. Refused: 413 beyond ``limit`` bytes, 400 broken, 415 unknown coding."""
    if not encoding or encoding == "identity":
        if len(body) > limit:
            raise too_large(limit)
        return body
    chunks: list[bytes] = []
    left = limit
    for chunk in decoded_chunks(body, encoding):
        left -= len(chunk)
        if left < 0:
            raise too_large(limit)
        chunks.append(chunk)
    return b"".join(chunks)


def decoded_chunks(body: bytes, encoding: str) -> Iterator[bytes]:
    """The body decoded, piece by piece, each of a few MiB at most. Refused as ``decompress``."""
    opener = _OPENERS.get(encoding)
    if opener is None:
        raise Refused(
            415,
            "encoding",
            f"Content-Encoding {encoding[:40]!r} is not known here. Send gzip, deflate, br, zstd "
            "or none.",
        )
    try:
        yield from opener(body)
    except (zlib.error, brotli.error, zstandard.ZstdError, EOFError) as fault:
        raise Refused(
            400,
            "compression",
            f"The body says it is {encoding}, but it is broken or cut short. Send it again whole.",
        ) from fault


def too_large(limit: int, what: str = "The body, decompressed,") -> Refused:
    """The 413 for something over its limit of so many bytes."""
    return Refused(413, "too_large", f"{what} is larger than the {limit} bytes taken here.")


def _gzip(body: bytes) -> Iterator[bytes]:
    view = memoryview(body)
    while True:
        used = yield from _inflate(view, wbits=31)
        view = view[used:]
        if bytes(view[:2]) != _GZIP_MAGIC:  # else another member follows
            return


def _deflate(body: bytes) -> Iterator[bytes]:
    wrapped = len(body) > 1 and body[0] & 0x0F == 8 and (body[0] << 8 | body[1]) % 31 == 0
    yield from _inflate(memoryview(body), wbits=15 if wrapped else -15)


def _inflate(view: memoryview, wbits: int) -> Generator[bytes, None, int]:
    """One stream; returns how many bytes of the view it took. Fed in pieces, as zlib copies
    what it has not consumed yet."""
    stream = zlib.decompressobj(wbits)
    for start in range(0, len(view), CHUNK):
        waiting: bytes | memoryview = view[start : start + CHUNK]
        end = start + len(waiting)
        while len(waiting) and not stream.eof:
            yield stream.decompress(waiting, CHUNK)
            waiting = stream.unconsumed_tail
        if stream.eof:
            return end - len(stream.unused_data)
    while not stream.eof and (chunk := stream.decompress(b"", CHUNK)):
        yield chunk
    if not stream.eof:
        raise EOFError
    return len(view)


def _brotli(body: bytes) -> Iterator[bytes]:
    stream = brotli.Decompressor()
    yield stream.process(body, output_buffer_limit=CHUNK)
    while not stream.is_finished():
        chunk = stream.process(b"", output_buffer_limit=CHUNK)
        if not chunk and stream.can_accept_more_data():
            raise EOFError
        yield chunk


def _zstd(body: bytes) -> Iterator[bytes]:
    """Fed in small pieces: one of 128 bytes holds at most 32 blocks, of 128 KiB each."""
    view = memoryview(body)
    opener = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    stream = opener.decompressobj(write_size=CHUNK)
    for start in range(0, len(view), _ZSTD_PIECE):
        yield stream.decompress(view[start : start + _ZSTD_PIECE])
        if stream.eof:
            return
    raise EOFError


_OPENERS: dict[str, Opener] = {
    "": lambda body: iter([body]),
    "identity": lambda body: iter([body]),
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
