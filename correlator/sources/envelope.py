"""Sentry's envelope: a header line, then items, each a header line and a payload.

Grammar: ``header NL ( item-header NL payload [NL] )*``. An item's ``length`` counts exactly its
payload's bytes; without one the payload ends at the next newline. The public description is at
develop.sentry.dev/sdk/data-model/envelopes/.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson

from correlator.errors import Refused
from correlator.sources.decompress import decoded_chunks

HEADER_LIMIT = 64 * 1024
ITEM_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Item:
    """One item: what it is, and its payload's bytes."""

    kind: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """The header (perhaps empty) and the items in their order, unknown kinds among them."""

    header: Mapping[str, Any]
    items: tuple[Item, ...]

    def of_kind(self, kind: str) -> tuple[Item, ...]:
        """The items of one kind."""
        return tuple(item for item in self.items if item.kind == kind)


def read_envelope(body: bytes) -> Envelope:
    """Take a decompressed body apart. Refused with 400 where the framing does not hold."""
    line, at = _line(body, 0)
    header = _header(line, "The envelope's first line")
    items: list[Item] = []
    while at < len(body):
        line, at = _line(body, at)
        if not line.strip():
            continue
        if len(items) == ITEM_LIMIT:
            raise _broken(f"It has more than {ITEM_LIMIT} items. Split it.")
        item, at = _item(body, _header(line, f"The header of item {len(items) + 1}"), at)
        items.append(item)
    return Envelope(header, tuple(items))


def write_envelope(header: Mapping[str, Any], items: Sequence[Item]) -> bytes:
    """Put an envelope together, each item with its length."""
    lines = [dump_json(header)]
    for item in items:
        lines += [orjson.dumps({"type": item.kind, "length": len(item.payload)}), item.payload]
    return b"\n".join(lines) + b"\n"


def dsn_key(body: bytes, encoding: str) -> str | None:
    """The public key of the DSN in the envelope's header; looks no further than the first line."""
    start = b""
    for chunk in decoded_chunks(body, encoding):
        start += chunk[: HEADER_LIMIT + 1]
        if b"\n" in start or len(start) > HEADER_LIMIT:
            break
    dsn = _header(_line(start, 0)[0], "The envelope's first line").get("dsn")
    if not isinstance(dsn, str):
        return None
    try:
        return urlsplit(dsn).username
    except ValueError:
        return None


def load_json(text: bytes, what: str) -> Any:
    """JSON as senders really write it: NaN, lone surrogates and stray bytes are let pass.

    Refused with 400 when it is not JSON at all. ``what`` begins the message.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(text.decode("utf-8", "replace"))
    except (ValueError, RecursionError) as fault:
        raise Refused(400, "json", f"{what} is not JSON. Nothing was kept.") from fault


def dump_json(value: Any) -> bytes:
    """JSON of what ``load_json`` let pass, NaN, huge numbers and lone surrogates included."""
    try:
        return orjson.dumps(value)
    except (TypeError, ValueError):
        return json.dumps(value).encode()


def _line(body: bytes, at: int) -> tuple[bytes, int]:
    end = body.find(b"\n", at)
    if end < 0:
        end = len(body)
    if end - at > HEADER_LIMIT:
        raise _broken(f"A header line is longer than {HEADER_LIMIT} bytes.")
    return body[at:end], min(end + 1, len(body))


def _header(line: bytes, what: str) -> Mapping[str, Any]:
    try:
        header = orjson.loads(line)
    except orjson.JSONDecodeError:
        header = None
    if not isinstance(header, dict):
        raise _broken(f"{what} is not a JSON object.")
    return header


def _item(body: bytes, header: Mapping[str, Any], at: int) -> tuple[Item, int]:
    kind = header.get("type")
    if not isinstance(kind, str) or not kind:
        raise _broken("An item's header lacks its 'type'.")
    length = header.get("length")
    if length is None:
        end = body.find(b"\n", at)
        end = len(body) if end < 0 else end
        return Item(kind[:64], body[at:end]), end + 1
    if isinstance(length, bool) or not isinstance(length, int) or length < 0:
        raise _broken("An item's 'length' is not a number of bytes.")
    end = at + length
    if end > len(body):
        raise _broken(f"An item of type {kind[:64]!r} is shorter than its 'length' says.")
    if body[end : end + 1] not in (b"", b"\n"):
        raise _broken(f"An item of type {kind[:64]!r} is longer than its 'length' says.")
    return Item(kind[:64], body[at:end]), end + 1


def _broken(message: str) -> Refused:
    return Refused(400, "envelope", f"This is not a well-formed envelope. {message}")
