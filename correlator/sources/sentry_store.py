"""Source ``sentry-store``: one bare event, as Sentry SDKs before 2.0 and raven send it.

Besides the usual content codings, the oldest clients send base64 of a zlib stream and say so
nowhere; no JSON begins the way base64 of zlib does.
"""

import base64
import binascii
from contextlib import suppress
from typing import Any
from uuid import uuid4

from correlator.errors import Refused
from correlator.sources.decompress import decompress
from correlator.sources.envelope import dump_json, load_json
from correlator.sources.lenient import as_hex32
from correlator.sources.sentry_event import parse_event, scrubbed_payload
from correlator.sources.source import SOURCES, Arrived, Limits
from correlator.types import Event, Inbound

NAME = "sentry-store"


class SentryStore:
    """See the module."""

    def check(self, arrived: Arrived) -> Inbound:
        """The event as it came. Refused when it is not one JSON object."""
        payload = _payload(arrived.body, arrived.encoding, arrived.limits)
        return Inbound(
            project_id=arrived.project_id,
            source=NAME,
            delivery=as_hex32(payload.get("event_id")) or uuid4().hex,
            body=arrived.body,
            encoding=arrived.encoding,
            received_at=arrived.received_at,
        )

    def parse(self, inbound: Inbound, *, secret: bytes, limits: Limits) -> tuple[Event, ...]:
        """The event."""
        event = parse_event(
            _payload(inbound.body, inbound.encoding, limits),
            received_at=inbound.received_at,
            secret=secret,
            event_id=inbound.delivery,
        )
        return (event,)

    def scrubbed(self, inbound: Inbound, *, secret: bytes, limits: Limits) -> bytes:
        """The event's JSON without secrets."""
        payload = _payload(inbound.body, inbound.encoding, limits)
        return dump_json(scrubbed_payload(payload, secret))


def _payload(body: bytes, encoding: str, limits: Limits) -> dict[str, Any]:
    decoded = decompress(body, encoding, limits.event)
    if decoded[:1] == b"e":  # base64 of 78 xx, the start of any zlib stream of usual window
        with suppress(binascii.Error):
            decoded = decompress(base64.b64decode(decoded, validate=True), "deflate", limits.event)
    payload = load_json(decoded, "The event")
    if not isinstance(payload, dict):
        raise Refused(400, "json", "The event is JSON, but not an object.")
    return payload


SOURCES.add(NAME, SentryStore())
