"""Source ``sentry-envelope``: what Sentry SDKs send today.

Of an envelope's items the event is kept, and of transactions and sessions what they count. Others
are let pass unread, so that an SDK that sends them besides is not told that anything is wrong.
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
from correlator.sources.sentry_exposure import Arrival, exposures, stubs
from correlator.sources.source import SOURCES, Arrived, Declined, Limits
from correlator.types import Fact, Inbound

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
        counted = stubs(envelope)
        if event is None and not counted:
            raise Declined(header_id)
        payload = _payload(event, arrived.limits) if event else {}
        if counted:
            kept, encoding = _stubbed(envelope, [event, *counted] if event else counted)
        else:
            kept, encoding = _without_ballast(envelope, arrived, len(body))
        return Inbound(
            project_id=arrived.project_id,
            source=NAME,
            delivery=header_id or as_hex32(payload.get("event_id")) or _own_id(envelope),
            body=kept,
            encoding=encoding,
            received_at=arrived.received_at,
        )

    def parse(self, inbound: Inbound, *, secret: bytes, limits: Limits) -> tuple[Fact, ...]:
        """The event and the counts, their clock set by ``sent_at`` where it is off by a minute."""
        envelope = read_envelope(decompress(inbound.body, inbound.encoding, limits.decoded))
        item, drift = _one_event(envelope), _drift(envelope, inbound)
        counted = exposures(envelope, Arrival(inbound.received_at, drift))
        if item is None:
            if not counted:
                raise Permanent("The envelope carries nothing that is kept.")
            return counted
        event = parse_event(
            _payload(item, limits),
            received_at=inbound.received_at,
            secret=secret,
            event_id=inbound.delivery,
            drift=drift,
        )
        return (event, *counted)

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
            return write_envelope(header, stubs(envelope))
        payload = scrubbed_payload(_payload(item, limits), secret)
        return write_envelope(header, (Item("event", dump_json(payload)), *stubs(envelope)))


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


def _stubbed(envelope: Envelope, items: list[Item]) -> tuple[bytes, str]:
    """The event as it came, and of the rest what is counted: their bodies end at the door."""
    header = {
        name: envelope.header[name] for name in ("event_id", "sent_at") if name in envelope.header
    }
    return gzip.compress(write_envelope(header, items), 1), "gzip"


def _own_id(envelope: Envelope) -> str:
    """What makes a session's delivery itself; sums of sessions may be alike and yet be two."""
    for item in envelope.of_kind("session"):
        said = load_json(item.payload, "The session")
        if isinstance(said, dict) and (session := as_hex32(said.get("sid"))):
            return session
    return uuid4().hex


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
