"""Deliveries as they come through the door, for tests of what is made of them."""

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from correlator import sources
from correlator.store.intake import inbox
from correlator.store.intake.projects import add_project
from correlator.store.session import transaction
from correlator.world import World

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


def a_project_id(world: World, slug: str = "shop") -> int:
    """A new project's number."""
    with transaction(world.engine) as session:
        return add_project(session, slug, AT).id or 0


def an_event(
    function: str = "total",
    *,
    event_id: str | None = None,
    kind: str = "KeyError",
    at: datetime = AT,
    release: str | None = "shop@1.0",
    frames: list[dict[str, Any]] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """A Sentry event: ``kind`` raised in ``function``, unless ``frames`` say otherwise."""
    crash = {"filename": "shop/cart.py", "module": "shop.cart", "function": function, "lineno": 3}
    return {
        "event_id": event_id or uuid.uuid4().hex,
        "timestamp": at.isoformat(),
        "platform": "python",
        "environment": "production",
        "exception": {
            "values": [
                {
                    "type": kind,
                    "value": "'A-1'",
                    "stacktrace": {"frames": frames or [{**crash, "in_app": True}]},
                }
            ]
        },
        **({"release": release} if release else {}),
        **more,
    }


def envelope(event: Mapping[str, Any]) -> bytes:
    """An envelope that carries the event, as an SDK sends it."""
    payload = json.dumps(event).encode()
    head = json.dumps({"event_id": event["event_id"]}).encode()
    item = json.dumps({"type": "event", "length": len(payload)}).encode()
    return b"\n".join([head, item, payload, b""])


def deliver(
    world: World, project_id: int, source: str, body: bytes, at: datetime = AT
) -> int | None:
    """Put a delivery through the source's check into the inbox; None if it was had already."""
    arrived = sources.Arrived(
        project_id=project_id,
        body=body,
        limits=sources.limits_of(world.settings),
        received_at=at,
    )
    with transaction(world.engine) as session:
        return inbox.receive(session, sources.check(source, arrived))


def deliver_event(
    world: World, project_id: int, event: Mapping[str, Any], at: datetime = AT
) -> int | None:
    """An event by envelope."""
    return deliver(world, project_id, "sentry-envelope", envelope(event), at)


def deliver_deploy(world: World, project_id: int, **marker: Any) -> int | None:
    """A deploy marker."""
    said = {"release": "shop@1.0", "environment": "production", "at": AT.isoformat(), **marker}
    at = datetime.fromisoformat(said["at"])
    return deliver(world, project_id, "deploy", json.dumps(said).encode(), max(AT, at))
