"""A Sentry event payload, as any SDK has ever sent it, read into an ``Event``.

Formats: the SDKs' public event payload, the older ``sentry.interfaces.*`` names, and what the
webhooks carry. Secrets are removed before the first field is read; a field that cannot be read is
dropped and noted in ``Event.notes``, never fatal.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from correlator.sources.lenient import (
    LONGEST_RELEASE,
    Reading,
    as_hex32,
    as_list,
    as_pairs,
    as_text,
    as_time,
    capped,
    clean,
)
from correlator.sources.scrub import scrub
from correlator.sources.sentry_frames import read_bare_trace, read_exceptions
from correlator.types import Event, Level

MESSAGE_LENGTH = 8192
# Strongest first: the first that a user has is the one that is hashed.
IDENTITY_KINDS = ("id", "email", "username", "ip_address")
HASHED_USER = "correlator_hash"
OLD_USER = "sentry.interfaces.User"
USER_KEYS = frozenset({"user", OLD_USER})
_AHEAD = timedelta(minutes=1)
_LEVELS = {
    "critical": Level.FATAL,
    "warn": Level.WARNING,
    "notice": Level.INFO,
    **{level.value: level for level in Level},
}
_REQUEST = ("url", "method", "query_string", "data", "headers", "fragment")


def parse_event(
    payload: Mapping[str, Any],
    *,
    received_at: datetime,
    secret: bytes,
    event_id: str | None = None,
    drift: timedelta = timedelta(0),
) -> Event:
    """The event in a decoded payload; never raises, whatever the types inside.

    ``received_at``: aware, stands in for a missing or unreadable time. ``secret`` keys the hash
    of the user. ``event_id`` (32 hex) wins over the payload's; with neither, one is made.
    ``drift``: how far the sender's clock is behind ours, added to the time it states.
    """
    user = user_hash(payload.get("user") or payload.get(OLD_USER), secret)
    read = Reading(scrub({name: payload[name] for name in payload if name not in USER_KEYS}))
    platform = (read.text("platform", 40) or "other").lower()
    message, formatted = _message(read)
    tags = _tags(read)
    raised = read.data.get("exception") or read.data.get("sentry.interfaces.Exception")
    return Event(
        event_id=event_id or as_hex32(payload.get("event_id")) or uuid4().hex,
        at=_at(read, received_at, drift),
        level=_level(read.data.get("level")),
        platform=platform,
        release=read.text("release", LONGEST_RELEASE),
        dist=read.text("dist", 64),
        environment=read.text("environment", 64)
        or tags.get("environment", "")[:64]
        or "production",
        service=(tags.get("service") or tags.get("service.name") or "")[:100] or None,
        transaction=read.text("transaction", 300),
        logger=read.text("logger", 200),
        message=message,
        formatted=formatted,
        exceptions=read_exceptions(raised, platform, read),
        frames=read_bare_trace(read, platform),
        tags=tags,
        user=user,
        server_name=read.text("server_name", 200),
        trace_id=_trace_id(read.data.get("contexts")),
        modules=_modules(read.data.get("modules")),
        fingerprint=_fingerprint(read),
        sdk=_sdk(read),
        breadcrumbs=_breadcrumbs(read),
        request=_request(read),
        contexts=_object(read, "contexts"),
        extra=_object(read, "extra"),
        notes=tuple(read.notes),
    )


def user_hash(user: object, secret: bytes) -> str | None:
    """Keyed hash (HMAC-SHA256, first 32 hex digits) of the strongest identity a user has.

    A delivery that was scrubbed before it was kept carries the hash itself.
    """
    if not isinstance(user, Mapping):
        return None
    if known := as_hex32(user.get(HASHED_USER)):
        return known
    for kind in IDENTITY_KINDS:
        identity = as_text(user.get(kind), 500)
        if identity and identity != "{{auto}}":
            return identity_hash(kind, identity, secret)
    return None


def identity_hash(kind: str, identity: str, secret: bytes) -> str:
    """What stands for an identity of one of ``IDENTITY_KINDS``: 32 hex digits."""
    said = f"{kind}:{identity}".encode("utf-8", "replace")
    return hmac.new(secret, said, hashlib.sha256).hexdigest()[:32]


def hashes_of(identity: str, secret: bytes) -> tuple[str, ...]:
    """All that could stand for an identity, whichever kind a sender gave it as; the identity may
    also be such a hash itself, as pages show it."""
    shown = as_text(identity, 500) or ""
    made = tuple(identity_hash(kind, shown, secret) for kind in IDENTITY_KINDS)
    known = as_hex32(shown)
    return (*made, known) if known else made


def scrubbed_payload(payload: Mapping[str, Any], secret: bytes) -> dict[str, Any]:
    """The payload as it may be kept: no secrets, and the user only as a hash."""
    user = user_hash(payload.get("user") or payload.get(OLD_USER), secret)
    kept = {name: held for name, held in payload.items() if name not in USER_KEYS}
    return {**scrub(kept), **({"user": {HASHED_USER: user}} if user else {})}


def _at(read: Reading, received_at: datetime, drift: timedelta) -> datetime:
    given = read.data.get("timestamp")
    at = as_time(given)
    if at is None:
        if given is not None:
            read.lost("timestamp", given)
        return received_at
    if drift:
        read.notes.append(
            f"the sender's clock is off by {round(drift.total_seconds())} s: made up for"
        )
        at = _shifted(at, drift)
    if at > received_at + _AHEAD:
        read.notes.append("timestamp lies ahead of the time of receipt, which is used instead")
        return received_at
    return at


def _shifted(at: datetime, drift: timedelta) -> datetime:
    try:
        return at + drift
    except OverflowError:
        return at


def _level(value: object) -> Level:
    if isinstance(value, str):
        if value.strip().isdecimal() and len(value) < 5:
            return _level(int(value))
        return _LEVELS.get(value.strip().lower(), Level.ERROR)
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= 50:
        by_number = (Level.DEBUG, Level.INFO, Level.WARNING, Level.ERROR, Level.FATAL)
        return by_number[(value - 1) // 10]
    return Level.ERROR


def _message(read: Reading) -> tuple[str, str]:
    """Template and text as shown, of ``message``, ``logentry`` or the older name."""
    entry = read.data.get("logentry") or read.data.get("sentry.interfaces.Message")
    plain = read.data.get("message")
    if not isinstance(entry, Mapping):
        entry = plain if isinstance(plain, Mapping) else {"message": entry or plain}
    inner = read.inner(entry, "logentry")
    template = inner.text("message", MESSAGE_LENGTH) or ""
    shown = inner.text("formatted", MESSAGE_LENGTH) or _filled(template, inner.data.get("params"))
    return template or shown, shown


def _filled(template: str, params: object) -> str:
    """The template with its params, where it is plain ``%s`` style; else the template."""
    shown = template
    values = params if isinstance(params, list) else []
    for value in values[:50]:
        text = as_text(value, 200) or ""
        places = [at for mark in ("%s", "%d", "%r", "%i") if (at := shown.find(mark)) >= 0]
        if not places:
            break
        first = min(places)
        shown = shown[:first] + text + shown[first + 2 :]
    return clean(shown, MESSAGE_LENGTH)


def _tags(read: Reading) -> dict[str, str]:
    value = read.data.get("tags")
    if value is not None and not isinstance(value, Mapping | list):
        read.lost("tags", value)
    pairs = list(as_pairs(value))[:100]
    return {clean(name, 200): as_text(held, 200) or "" for name, held in pairs}


def _modules(value: object) -> dict[str, str]:
    pairs = list(as_pairs(value))[:1000]
    return {clean(name, 200): as_text(held, 100) or "" for name, held in pairs}


def _trace_id(contexts: object) -> str | None:
    trace = contexts.get("trace") if isinstance(contexts, Mapping) else None
    return as_hex32(trace.get("trace_id")) if isinstance(trace, Mapping) else None


def _fingerprint(read: Reading) -> tuple[str, ...]:
    value = read.data.get("fingerprint")
    if isinstance(value, str):
        value = [value]
    if value is not None and not isinstance(value, list):
        read.lost("fingerprint", value)
    parts = value if isinstance(value, list) else []
    return tuple(text for part in parts[:50] if (text := as_text(part, 500)))


def _sdk(read: Reading) -> str | None:
    sdk = read.inner(read.data.get("sdk"), "sdk")
    name = sdk.text("name", 100)
    return f"{name}/{sdk.text('version', 50) or '?'}" if name else None


def _breadcrumbs(read: Reading) -> tuple[Mapping[str, Any], ...]:
    crumbs = as_list(read.data.get("breadcrumbs") or read.data.get("sentry.interfaces.Breadcrumbs"))
    kept = [crumb for crumb in crumbs if isinstance(crumb, Mapping)][-100:]
    return tuple(capped(crumb, depth=4, width=30, text=1000) for crumb in kept)


def _request(read: Reading) -> dict[str, Any]:
    value = read.data.get("request") or read.data.get("sentry.interfaces.Http")
    request = read.inner(value, "request").data
    kept = {name: request[name] for name in _REQUEST if request.get(name) is not None}
    if "headers" in kept:
        kept["headers"] = dict(as_pairs(kept["headers"]))
    trimmed: dict[str, Any] = capped(kept, depth=5, width=60, text=2000)
    return trimmed


def _object(read: Reading, name: str) -> dict[str, Any]:
    trimmed: dict[str, Any] = capped(read.inner(read.data.get(name), name).data, width=60)
    return trimmed
