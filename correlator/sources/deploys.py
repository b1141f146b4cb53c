"""Source ``deploy``: a deploy marker, as ``POST /api/deploys`` and ``correlator deploy`` say it.

``{"release", "environment", "service"?, "revision"?, "at"?, "actor"?, "url"?, "stage"?, "share"?,
"outcome"?}``: ``stage`` is canary or partial while only a ``share`` (percent) of it has the
release, ``outcome`` is succeeded or failed. Unlike an event,
a marker is written by a person or a pipeline that can mend it: an odd one is refused with the
field's name, not bent into shape.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from correlator.errors import Refused
from correlator.sources.decompress import decompress
from correlator.sources.envelope import dump_json, load_json
from correlator.sources.lenient import LONGEST_RELEASE, as_time, clean
from correlator.sources.scrub import scrub_text
from correlator.sources.source import SOURCES, Arrived, Limits, content_id
from correlator.types import Deploy, Inbound

NAME = "deploy"
KEY = "idempotency-key"
_LENGTHS = {
    "release": LONGEST_RELEASE,
    "environment": 64,
    "service": 100,
    "revision": 64,
    "actor": 200,
    "url": 1000,
    "stage": 20,
    "outcome": 20,
}
_STAGES = {"canary": "canary", "partial": "partial", "full": None}
_OUTCOMES = {"succeeded": False, "failed": True}
_REVISION = re.compile(r"\A[0-9a-f]{7,64}\Z")
Meant = TypeVar("Meant")
_AHEAD = timedelta(minutes=5)
_LARGEST = 64 * 1024


class Deploys:
    """See the module."""

    def check(self, arrived: Arrived) -> Inbound:
        """The marker. The same marker again, by its own time or ``Idempotency-Key``, is known."""
        said = _said(arrived.body, arrived.encoding, arrived.limits)
        deploy = _deploy(said, arrived.received_at)
        return Inbound(
            project_id=arrived.project_id,
            source=NAME,
            delivery=_delivery(deploy, said, arrived),
            body=arrived.body,
            encoding=arrived.encoding,
            received_at=arrived.received_at,
        )

    def parse(self, inbound: Inbound, *, secret: bytes, limits: Limits) -> tuple[Deploy, ...]:
        """The marker; without a time of its own it happened when it was received."""
        said = _said(inbound.body, inbound.encoding, limits)
        return (_deploy(said, inbound.received_at),)

    def scrubbed(self, inbound: Inbound, *, secret: bytes, limits: Limits) -> bytes:
        """The marker's JSON, its known fields only."""
        said = _said(inbound.body, inbound.encoding, limits)
        kept = {
            name: said[name] for name in (*_LENGTHS, "at", "share") if said.get(name) is not None
        }
        return dump_json(
            {
                name: scrub_text(held) if isinstance(held, str) and name != "revision" else held
                for name, held in kept.items()
            }
        )


def project_named(body: bytes, encoding: str) -> str | None:
    """The project that a marker names, for a token that is good for several."""
    said = _said(body, encoding, Limits(_LARGEST, _LARGEST, _LARGEST))
    named = said.get("project")
    if isinstance(named, bool) or not isinstance(named, str | int | None):
        raise _odd("'project' is not a project's name or number.")
    return str(named)[:200] if named is not None else None


def _said(body: bytes, encoding: str, limits: Limits) -> dict[str, Any]:
    said = load_json(decompress(body, encoding, min(limits.event, _LARGEST)), "The deploy marker")
    if not isinstance(said, dict):
        raise Refused(400, "json", "The deploy marker is JSON, but not an object.")
    return said


def _deploy(said: Mapping[str, Any], received_at: datetime) -> Deploy:
    fields = {name: _field(said, name) for name in _LENGTHS}
    release, environment = fields["release"], fields["environment"]
    if release is None or environment is None:
        lacks = "release" if release is None else "environment"
        raise _odd(
            f"It lacks {lacks!r}. It needs at least "
            '{"release": "shop@1.4.2", "environment": "production"}.'
        )
    revision = fields["revision"].lower() if fields["revision"] else None
    if revision and not _REVISION.match(revision):
        raise _odd("'revision' is not a commit's hash: 40 (or 64) hex digits, at least 7.")
    url = fields["url"]
    if url and not url.startswith(("https://", "http://")):
        raise _odd("'url' is not an address that begins with https:// or http://.")
    return Deploy(
        release=release,
        environment=environment,
        service=fields["service"],
        revision=revision,
        at=_at(said, received_at),
        actor=fields["actor"],
        url=url,
        stage=_one_of(fields, "stage", _STAGES, "full"),
        share=_share(said, fields["stage"]),
        failed=_one_of(fields, "outcome", _OUTCOMES, "succeeded"),
    )


def _one_of(
    fields: Mapping[str, str | None], name: str, known: Mapping[str, Meant], default: str
) -> Meant:
    said = (fields[name] or default).lower()
    if said not in known:
        raise _odd(f"{name!r} is none of: {', '.join(known)}.")
    return known[said]


def _share(said: Mapping[str, Any], stage: str | None) -> float | None:
    given = said.get("share")
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 < given <= 100:
        raise _odd("'share' is not a percentage above 0 and up to 100.")
    if stage not in ("canary", "partial"):
        raise _odd("'share' goes with 'stage': canary or partial.")
    return given / 100


def _field(said: Mapping[str, Any], name: str) -> str | None:
    value = said.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise _odd(f"{name!r} is not text.")
    if len(value) > _LENGTHS[name]:
        raise _odd(f"{name!r} is longer than {_LENGTHS[name]} characters.")
    return clean(value, _LENGTHS[name]).strip() or None


def _at(said: Mapping[str, Any], received_at: datetime) -> datetime:
    given = said.get("at")
    if given is None:
        return received_at
    at = as_time(given)
    if at is None:
        raise _odd("'at' is not a time: write it as 2026-11-21T13:00:00Z, or leave it out for now.")
    if at > received_at + _AHEAD:
        raise _odd("'at' lies in the future. Send the marker when the roll-out has finished.")
    return at


def _delivery(deploy: Deploy, said: Mapping[str, Any], arrived: Arrived) -> str:
    if key := arrived.headers.get(KEY):
        return f"key:{content_id(key.encode('utf-8', 'replace'))}"
    # A roll-out that says no time may be told of again later: a minute's repeats are one.
    at = deploy.at if said.get("at") is not None else deploy.at.replace(second=0, microsecond=0)
    line = (
        deploy.service or "",
        deploy.environment,
        deploy.release,
        at.astimezone(UTC).isoformat(),
    )
    part = [said[name] for name in ("stage", "share", "outcome") if said.get(name) is not None]
    return f"line:{content_id(dump_json([*line, deploy.revision, *part]))}"


def _odd(message: str) -> Refused:
    return Refused(400, "deploy", f"The deploy marker cannot be used. {message}")


SOURCES.add(NAME, Deploys())
