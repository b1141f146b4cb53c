"""Deploys as sentry-cli tells of them, made into our own markers and back.

``sentry-cli deploys new --release V -e E`` is ``POST .../releases/V/deploys/`` with
``{environment, name, url, dateStarted, dateFinished}``, nulls where nothing was said; dates have
nanoseconds. The reply echoes it with an ``id``; without ``environment`` the client takes it for a
fault.
"""

from typing import Any

from correlator.errors import Refused
from correlator.sources.decompress import decompress
from correlator.sources.envelope import dump_json, load_json

_LARGEST = 64 * 1024


def marker_of(body: bytes, encoding: str, release: str) -> tuple[bytes, dict[str, Any]]:
    """The marker that stands for it, and what it said."""
    said = load_json(decompress(body, encoding, _LARGEST), "The deploy")
    if not isinstance(said, dict):
        raise Refused(400, "json", "The deploy is JSON, but not an object.")
    told = {
        "release": release,
        "environment": said.get("environment"),
        "url": said.get("url"),
        "at": said.get("dateFinished"),
    }
    return dump_json({name: value for name, value in told.items() if value is not None}), said


def reply(said: dict[str, Any], number: str) -> dict[str, object]:
    """What sentry-cli waits for."""
    names = ("environment", "name", "url", "dateStarted", "dateFinished")
    return {"id": number, **{name: said.get(name) for name in names}}
