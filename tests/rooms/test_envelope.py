"""Bodies are opened within bounds, and envelopes are taken apart by their grammar."""

import gzip
import io
import json
import time
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any

import brotli
import pytest
import zstandard

from correlator.errors import Refused
from correlator.sources.decompress import decompress
from correlator.sources.envelope import Item, dsn_key, read_envelope, write_envelope

TEXT = b'{"event_id": "x"}\n' * 5000
CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "identity": bytes,
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
}
COMPRESSED = [name for name in CODINGS if name not in ("", "identity")]


def raw_deflate(body: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(body) + stream.flush()


@pytest.mark.parametrize("coding", CODINGS)
def test_each_coding_is_opened(coding: str) -> None:
    body = CODINGS[coding](TEXT)
    assert decompress(body, coding, len(TEXT)) == TEXT
    with pytest.raises(Refused) as refused:
        decompress(body, coding, len(TEXT) - 1)
    assert refused.value.status == 413


def test_deflate_without_its_wrapper_and_gzip_in_two_parts_are_opened() -> None:
    assert decompress(raw_deflate(TEXT), "deflate", 10**6) == TEXT
    assert decompress(gzip.compress(TEXT) + gzip.compress(b"more"), "gzip", 10**6) == TEXT + b"more"


@pytest.mark.parametrize("coding", COMPRESSED)
@pytest.mark.parametrize("harm", ["cut", "without its end", "plain", "empty"])
def test_a_broken_body_is_refused_not_half_read(coding: str, harm: str) -> None:
    noise = bytes((n * 7919 >> 3) % 251 for n in range(200_000))
    good = CODINGS[coding](noise)
    body = {
        "cut": good[: len(good) // 2],
        "without its end": good[:-1],
        "plain": b'{"a": 1}\n',
        "empty": b"",
    }[harm]
    with pytest.raises(Refused) as refused:
        decompress(body, coding, 10**6)
    assert refused.value.status == 400


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_body_with_a_byte_changed_on_the_way_is_refused(coding: str) -> None:
    good = CODINGS[coding](TEXT)
    body = good[:40] + bytes([good[40] ^ 0x55]) + good[41:]
    with pytest.raises(Refused):
        decompress(body, coding, 10**6)


def test_a_coding_that_nobody_knows_is_refused_by_name() -> None:
    with pytest.raises(Refused, match="compress-o-matic") as refused:
        decompress(b"x", "compress-o-matic", 10)
    assert refused.value.status == 415


def gzip_bomb(size: int) -> bytes:
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=1) as file:
        for _ in range(size // 2**20):
            file.write(bytes(2**20))
    return out.getvalue()


def brotli_bomb(size: int) -> bytes:
    stream = brotli.Compressor(quality=1)
    pieces = [stream.process(bytes(2**20)) for _ in range(size // 2**20)]
    return b"".join([*pieces, stream.finish()])


def zstd_bomb(size: int) -> bytes:
    stream = zstandard.ZstdCompressor(level=1).compressobj()
    return b"".join(stream.compress(bytes(2**20)) for _ in range(size // 2**20)) + stream.flush()


@pytest.mark.parametrize(
    ("coding", "bomb"), [("gzip", gzip_bomb), ("br", brotli_bomb), ("zstd", zstd_bomb)]
)
def test_a_bomb_of_a_gigabyte_costs_no_more_than_the_limit(
    coding: str, bomb: Callable[[int], bytes]
) -> None:
    body = bomb(2**30)
    limit = 4 * 2**20
    tracemalloc.start()
    started = time.process_time()
    with pytest.raises(Refused) as refused:
        decompress(body, coding, limit)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert refused.value.status == 413
    assert peak < limit + 2**23
    assert time.process_time() - started < 1


def test_zstd_that_wants_a_huge_window_is_refused() -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=27)
    body = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    with pytest.raises(Refused):
        decompress(body.compress(b"x" * 10) + body.flush(), "zstd", 10**9)


HEADER = b'{"event_id":"9ec79c33ec9942ab8353589fcb2e04dc"}'


@pytest.mark.parametrize(
    ("body", "items"),
    [
        (b"{}", []),
        (b"{}\n", []),
        (b"{}\n\n\n", []),
        (HEADER + b'\n{"type":"event","length":2}\n{}', [("event", b"{}")]),
        (HEADER + b'\n{"type":"event","length":2}\n{}\n', [("event", b"{}")]),
        (HEADER + b'\n{"type":"event"}\n{"a":1}\n', [("event", b'{"a":1}')]),
        (HEADER + b'\n{"type":"event"}\n{"a":1}', [("event", b'{"a":1}')]),
        (b'{}\n{"type":"attachment","length":3}\na\nb\n', [("attachment", b"a\nb")]),
        (
            b'{}\n{"type":"x","length":0}\n\n{"type":"event"}\n{}\n\n',
            [("x", b""), ("event", b"{}")],
        ),
        (b'{}\n{"type":"x","length":0}', [("x", b"")]),
        (b'{}\n{"type":"x"}', [("x", b"")]),
        (b'{}\r\n{"type":"event","length":2}\r\n{}\n', [("event", b"{}")]),
    ],
)
def test_an_envelope_is_taken_apart(body: bytes, items: list[tuple[str, bytes]]) -> None:
    assert [(item.kind, item.payload) for item in read_envelope(body).items] == items


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"[]",
        b"{",
        b"{}\nnot json\n{}",
        b"{}\n{}\n{}",
        b'{}\n{"type":5}\n{}',
        b'{}\n{"type":"event","length":3}\n{}',
        b'{}\n{"type":"event","length":1}\n{}\n',
        b'{}\n{"type":"event","length":-1}\n{}\n',
        b'{}\n{"type":"event","length":"2"}\n{}\n',
        b'{}\n{"type":"event","length":true}\n{}\n',
        b"{" + b" " * 70_000 + b"}\n",
        b"{}\n" + b'{"type":"x"}\n\n' * 1001,
    ],
)
def test_what_is_no_envelope_is_refused(body: bytes) -> None:
    with pytest.raises(Refused) as refused:
        read_envelope(body)
    assert refused.value.status == 400


def test_an_envelope_that_is_put_together_comes_apart_the_same() -> None:
    items = (Item("event", b'{"a":\n1}'), Item("attachment", b"\n\n"), Item("x", b""))
    assert read_envelope(write_envelope({"event_id": "a"}, items)).items == items


@pytest.mark.parametrize("coding", CODINGS)
def test_the_key_is_found_in_the_first_line_alone(coding: str) -> None:
    header: dict[str, Any] = {"dsn": "https://abc123@ingest.test/42"}
    body = CODINGS[coding](json.dumps(header).encode() + b"\n" + b"whatever")
    assert dsn_key(body, coding) == "abc123"


@pytest.mark.parametrize("dsn", [None, 5, "", "no address", "http://[broken"])
def test_a_header_without_a_usable_dsn_has_no_key(dsn: Any) -> None:
    assert dsn_key(json.dumps({"dsn": dsn}).encode(), "") is None
