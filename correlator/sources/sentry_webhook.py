"""Source ``sentry-webhook``: what a Sentry server's integration sends about its own events.

``error.created`` and ``event_alert.triggered`` carry a whole event; ``seer`` tells what Sentry's
agent made; ``issue.resolved`` what mends an issue of Sentry's. Any other resource with a
valid signature is taken, too, and shows up as not understood: a 4xx would only be lost on Sentry,
which does not send again.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from correlator.errors import Permanent, Refused
from correlator.sources import seer, sentry_resolved
from correlator.sources.decompress import decompress, too_large
from correlator.sources.envelope import dump_json, load_json
from correlator.sources.lenient import as_hex32, as_text
from correlator.sources.scrub import FILTERED, scrub
from correlator.sources.seer import works_of
from correlator.sources.sentry_event import parse_event, scrubbed_payload
from correlator.sources.source import SOURCES, Arrived, Limits, content_id
from correlator.types import Fact, Inbound

NAME = "sentry-webhook"
RESOURCE = "sentry-hook-resource"
SIGNATURE = "sentry-hook-signature"
_EVENT_UNDER = {("error", "created"): "error", ("event_alert", "triggered"): "event"}
_LAST_NUMBER = re.compile(r"/(\d{1,20})/?\Z")


def signature_holds(body: bytes, signature: str, secret: str) -> bool:
    """Whether the hex HMAC-SHA256 over exactly these bytes is right; takes the same time always."""
    right = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(right.encode(), signature.strip().lower().encode("utf-8", "replace"))


class SentryWebhook:
    """See the module."""

    def check(self, arrived: Arrived) -> Inbound:
        """The hook as it came. Its own id changes with each attempt, so its content names it."""
        body = decompress(arrived.body, arrived.encoding, arrived.limits.decoded)
        said = _said(body)
        resource = arrived.headers.get(RESOURCE, "")[:40] or _resource(said)
        event = _event(said, resource)
        if event is not None and len(body) > 4 * arrived.limits.event:
            raise too_large(4 * arrived.limits.event, "The hook")
        event_id = as_hex32(event.get("event_id")) if event is not None else None
        action = (as_text(said.get("action"), 40) or "?").replace(":", "_")
        return Inbound(
            project_id=arrived.project_id,
            source=NAME,
            delivery=f"{resource}.{action}:{event_id or content_id(body)}",
            body=arrived.body,
            encoding=arrived.encoding,
            headers={RESOURCE: resource},
            received_at=arrived.received_at,
        )

    def parse(self, inbound: Inbound, *, secret: bytes, limits: Limits) -> tuple[Fact, ...]:
        """The event, with the number of Sentry's issue, or what Seer made. Permanent for any other
        resource."""
        said = _said(decompress(inbound.body, inbound.encoding, limits.decoded))
        resource = inbound.headers.get(RESOURCE, "")
        if resource == seer.RESOURCE:
            return works_of(said, inbound.received_at)
        if (resolved := sentry_resolved.read(said, resource, inbound.received_at)) is not None:
            return resolved
        payload = _event(said, resource)
        if payload is None:
            what = f"{resource or 'unnamed'}.{as_text(said.get('action'), 40)}"
            raise Permanent(
                f"Sentry hooks of the kind {what} are taken but not understood. "
                "Turn the kind off in Sentry's integration, or leave it: nothing else is affected."
            )
        event = parse_event(
            payload,
            received_at=inbound.received_at,
            secret=secret,
            event_id=as_hex32(payload.get("event_id")) or content_id(inbound.body),
        )
        return (replace(event, sentry_issue=_issue(payload)),)

    def scrubbed(self, inbound: Inbound, *, secret: bytes, limits: Limits) -> bytes:
        """The hook's JSON without secrets."""
        said = _said(decompress(inbound.body, inbound.encoding, limits.decoded))
        payload = _event(said, inbound.headers.get(RESOURCE, ""))
        if payload is None:
            return dump_json(_without_code(scrub(said)))
        kept = {name: held for name, held in said.items() if name != "data"}
        under = _EVENT_UNDER[inbound.headers.get(RESOURCE, ""), said["action"]]
        return dump_json({**scrub(kept), "data": {under: scrubbed_payload(payload, secret)}})


def _without_code(said: dict[str, Any]) -> dict[str, Any]:
    """A new installation's ``code`` can be exchanged for a token."""
    data = said.get("data")
    installation = data.get("installation") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(installation, dict):
        return said
    return {**said, "data": {**data, "installation": {**installation, "code": FILTERED}}}


def _said(body: bytes) -> dict[str, Any]:
    said = load_json(body, "The hook's body")
    if not isinstance(said, dict):
        raise Refused(400, "json", "The hook's body is JSON, but not an object.")
    return said


def _resource(said: Mapping[str, Any]) -> str:
    data = said.get("data")
    if isinstance(data, Mapping):
        for (resource, _action), under in _EVENT_UNDER.items():
            if isinstance(data.get(under), Mapping):
                return resource
    return "unknown"


def _event(said: Mapping[str, Any], resource: str) -> dict[str, Any] | None:
    action, data = said.get("action"), said.get("data")
    under = _EVENT_UNDER.get((resource, action)) if isinstance(action, str) else None
    event = data.get(under) if under and isinstance(data, Mapping) else None
    return event if isinstance(event, dict) else None


def _issue(payload: Mapping[str, Any]) -> str | None:
    if named := as_text(payload.get("issue_id"), 40):
        return named
    url = payload.get("issue_url")
    found = _LAST_NUMBER.search(url) if isinstance(url, str) and len(url) < 2000 else None
    return found[1] if found else None


SOURCES.add(NAME, SentryWebhook())
