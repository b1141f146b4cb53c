"""Source ``sentry-envelope``: what Sentry SDKs send today.

Of an envelope's items only the event is kept. Others are let pass unread, so that an SDK that
sends sessions or transactions besides is not told that anything is wrong.
"""

import gzip
from datetime import timedelta
from uuid import uuid4

from correlator.errors import Permanent, Refused
from correlator.sources.decompress import decompress, too_large
from correlator.sources.envelope import (
    Envelope,
    Item,
    dump_json,
    load_json,
    read_envelope,
    write_envelope,
)
from correlator.sources.lenient import as_hex32, as_time
from correlator.sources.sentry_event import parse_event, scrubbed_payload
from correlator.sources.source import SOURCES, Arrived, Declined, Limits
from correlator.types import Event, Inbound

NAME = "sentry-envelope"
KEPT = frozenset({"event"})
# Items that no SDK need send here at all: told so by X-Sentry-Rate-Limits. Sessions and
# transactions are not among them: they say how much a code path is used.
UNWANTED = (
    "attachment", "replay", "profile", "profile_chunk", "span", "log_item", "log_byte",
    "trace_metric", "metric_bucket", "monitor", "feedback", "user_report_v2",
)  # fmt: skip
_BALLAST = 64 * 1024
_DRIFT = timedelta(minutes=1)


class SentryEnvelope:
    """See the module."""

    def check(self, arrived: Arrived) -> Inbound:
        """The envelope with its one event; Declined when it carries none."""
        body = decompress(arrived.body, arrived.encoding, arrived.limits.decoded)
        envelope = read_envelope(body)
        header_id = as_hex32(envelope.header.get("event_id"))
        event = _one_event(envelope)
        if event is None:
            raise Declined(header_id)
        payload = _payload(event, arrived.limits)
        kept, encoding = _without_ballast(envelope, arrived, len(body))
        return Inbound(
            project_id=arrived.project_id,
            source=NAME,
            delivery=header_id or as_hex32(payload.get("event_id")) or uuid4().hex,
            body=kept,
            encoding=encoding,
            received_at=arrived.received_at,
        )

    def parse(self, inbound: Inbound, *, secret: bytes, limits: Limits) -> tuple[Event, ...]:
        """The event, its clock set by ``sent_at`` where the sender's is off by over a minute."""
        envelope = read_envelope(decompress(inbound.body, inbound.encoding, limits.decoded))
        item = _one_event(envelope)
        if item is None:
            raise Permanent("The envelope carries no event.")
        event = parse_event(
            _payload(item, limits),
            received_at=inbound.received_at,
            secret=secret,
            event_id=inbound.delivery,
            drift=_drift(envelope, inbound),
        )
        return (event,)

    def scrubbed(self, inbound: Inbound, *, secret: bytes, limits: Limits) -> bytes:
        """The envelope with its event scrubbed, and nothing else in it."""
        envelope = read_envelope(decompress(inbound.body, inbound.encoding, limits.decoded))
        item = _one_event(envelope)
        header = {
            name: envelope.header[name]
            for name in ("event_id", "sent_at")
            if name in envelope.header
        }
        if item is None:
            return write_envelope(header, ())
        payload = scrubbed_payload(_payload(item, limits), secret)
        return write_envelope(header, (Item("event", dump_json(payload)),))


def _one_event(envelope: Envelope) -> Item | None:
    events = envelope.of_kind("event")
    if len(events) > 1:
        raise Refused(
            400, "envelope", f"An envelope carries at most one event, and this one {len(events)}."
        )
    return events[0] if events else None


def _payload(item: Item, limits: Limits) -> dict[str, object]:
    if len(item.payload) > limits.event:
        raise too_large(limits.event, "The event")
    payload = load_json(item.payload, "The event")
    if not isinstance(payload, dict):
        raise Refused(400, "json", "The event is JSON, but not an object.")
    return payload


def _without_ballast(envelope: Envelope, arrived: Arrived, decoded: int) -> tuple[bytes, str]:
    """As it arrived; but large attachments and the like are not carried into the inbox."""
    kept = [item for item in envelope.items if item.kind in KEPT]
    if decoded - sum(len(item.payload) for item in kept) < _BALLAST:
        return arrived.body, arrived.encoding
    return gzip.compress(write_envelope(envelope.header, kept), 1), "gzip"


def _drift(envelope: Envelope, inbound: Inbound) -> timedelta:
    """How far the sender's clock is behind ours; nothing where that may be the way's duration."""
    sent_at = as_time(envelope.header.get("sent_at"))
    drift = inbound.received_at - sent_at if sent_at else timedelta(0)
    return drift if abs(drift) > _DRIFT else timedelta(0)


SOURCES.add(NAME, SentryEnvelope())
