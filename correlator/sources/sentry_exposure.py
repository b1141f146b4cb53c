"""Transactions and sessions of Sentry's SDKs, read for one thing only: how much code was used.

At the door each item is reduced to a stub that says what is counted; the body is dropped there.
Formats: develop.sentry.dev/sdk/telemetry/sessions/ and .../event-payloads/transaction/.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from correlator.errors import Refused
from correlator.sources.envelope import Envelope, Item, dump_json, load_json
from correlator.sources.lenient import Reading, as_list, as_pairs, as_time, as_whole
from correlator.types import Exposure, ExposureKind

KINDS = frozenset({"transaction", "session", "sessions"})
# A sample rate below this is taken for a mistake: one call would stand for more than a million.
LEAST_RATE = 1e-6
MOST_AGGREGATES = 100
# What a phone kept while it had no network counts when it happened; Sentry takes as much. A time
# before that, or to come, is a clock that cannot be believed.
OLDEST = timedelta(days=30)
_ENDS = ("exited", "errored", "crashed", "abnormal")


@dataclass(frozen=True, slots=True)
class Arrival:
    """When an envelope came, and how far its sender's clock is behind ours."""

    at: datetime
    drift: timedelta


def stubs(envelope: Envelope) -> list[Item]:
    """The items that count something, without their bodies; those that cannot be read are not."""
    return [
        Item(item.kind, dump_json(stub))
        for item in envelope.items
        if item.kind in KINDS and (stub := _stub(item, envelope.header))
    ]


def exposures(envelope: Envelope, arrival: Arrival) -> tuple[Exposure, ...]:
    """What the items of an envelope, or the stubs that were made of them, count."""
    return tuple(
        one
        for item in envelope.items
        if item.kind in KINDS and (stub := _stub(item, envelope.header))
        for one in _counts(item.kind, stub, arrival)
    )


def _stub(item: Item, header: Mapping[str, Any]) -> dict[str, Any] | None:
    try:
        payload = load_json(item.payload, "The item")
    except Refused:
        return None
    if not isinstance(payload, dict):
        return None
    if item.kind == "transaction":
        return _transaction(payload, header)
    return _session(payload) if item.kind == "session" else _sessions(payload)


def _transaction(payload: dict[str, Any], header: Mapping[str, Any]) -> dict[str, Any]:
    read = Reading(payload)
    info = payload.get("transaction_info")
    by_address = isinstance(info, dict) and info.get("source") == "url"
    tags = dict(as_pairs(payload.get("tags")))
    return {
        "transaction": "" if by_address else read.text("transaction", 300) or "",
        "transaction_info": {"source": "url" if by_address else "kept"},
        "release": read.text("release", 200),
        "environment": read.text("environment", 64),
        "timestamp": payload.get("timestamp"),
        "rate": payload.get("rate") or _sample_rate(payload, header),
        "tags": {name: tags[name] for name in ("service", "service.name") if name in tags},
    }


def _session(payload: dict[str, Any]) -> dict[str, Any] | None:
    if payload.get("init") is not True:
        return None
    return {"init": True, "started": payload.get("started"), "attrs": _attributes(payload)}


def _sessions(payload: dict[str, Any]) -> dict[str, Any] | None:
    aggregates = [
        {"started": one.get("started"), **{end: one[end] for end in _ENDS if end in one}}
        for one in as_list(payload.get("aggregates"))[:MOST_AGGREGATES]
        if isinstance(one, Mapping)
    ]
    return {"aggregates": aggregates, "attrs": _attributes(payload)} if aggregates else None


def _attributes(payload: dict[str, Any]) -> dict[str, Any]:
    attrs = payload.get("attrs")
    return (
        {name: attrs.get(name) for name in ("release", "environment")}
        if isinstance(attrs, dict)
        else {}
    )


def _sample_rate(payload: dict[str, Any], header: Mapping[str, Any]) -> object:
    """As the head of the trace decided it, else as the transaction itself says."""
    trace = header.get("trace")
    if isinstance(trace, Mapping) and trace.get("sample_rate") is not None:
        return trace["sample_rate"]
    found: object = payload.get("contexts")
    for name in ("trace", "data", "sentry.sample_rate"):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _counts(kind: str, stub: dict[str, Any], arrival: Arrival) -> Iterator[Exposure]:
    if kind == "transaction":
        tags = {name: str(value)[:100] for name, value in stub["tags"].items()}
        yield Exposure(
            kind=ExposureKind.CALLS,
            name=stub["transaction"],
            release=stub["release"],
            environment=stub["environment"] or "production",
            service=tags.get("service") or tags.get("service.name"),
            at=_near(stub["timestamp"], arrival),
            count=1 / _rate(stub["rate"]),
        )
        return
    rounds = [stub] if kind == "session" else stub["aggregates"]
    for one in rounds:
        if count := 1 if kind == "session" else _ended(one):
            at = _near(one.get("started"), arrival)
            yield _sessions_at(at, stub["attrs"], count)


def _sessions_at(at: datetime, attrs: Mapping[str, Any], count: int) -> Exposure:
    read = Reading(attrs)
    return Exposure(
        kind=ExposureKind.SESSIONS,
        name="",
        release=read.text("release", 200),
        environment=read.text("environment", 64) or "production",
        service=None,
        at=at,
        count=count,
    )


def _ended(aggregate: Mapping[str, Any]) -> int:
    return sum(max(0, as_whole(aggregate.get(end)) or 0) for end in _ENDS)


def _near(stated: object, arrival: Arrival) -> datetime:
    """The time stated, by our clock, where it can be true; else when it came."""
    at = as_time(stated)
    at = at + arrival.drift if at else arrival.at
    return at if arrival.at - OLDEST <= at <= arrival.at else arrival.at


def _rate(value: object) -> float:
    try:
        rate = float(value) if isinstance(value, str | int | float) else 1.0
    except ValueError:
        return 1.0
    return rate if LEAST_RATE <= rate <= 1.0 else 1.0
