"""What the world says: bytes in, facts out.

The room's faces. ``check`` stands at the door and looks at form only; ``parse`` and
``scrubbed_body`` work on what was kept. One module is one way in which deliveries come.
"""

from correlator.errors import CorrelatorError, Permanent
from correlator.registry import load_room
from correlator.sources.decompress import decompress
from correlator.sources.deploys import project_named
from correlator.sources.envelope import dsn_key
from correlator.sources.forge import hub_signature_holds, token_holds
from correlator.sources.scrub import scrub_text
from correlator.sources.sentry_deploys import marker_of, reply
from correlator.sources.sentry_webhook import signature_holds
from correlator.sources.source import (
    SOURCES,
    Arrived,
    Declined,
    Limits,
    Source,
    limits_of,
)
from correlator.types import Fact, Inbound

__all__ = [
    "SOURCES",
    "Arrived",
    "Declined",
    "Limits",
    "check",
    "dsn_key",
    "hub_signature_holds",
    "limits_of",
    "marker_of",
    "parse",
    "project_named",
    "reply",
    "scrubbed_body",
    "signature_holds",
    "token_holds",
]


def check(name: str, arrived: Arrived) -> Inbound:
    """What is to be kept of a delivery to the source of that name, its bytes as they came.

    Refused (with HTTP status) when it is malformed or too large, Declined when nothing in it is
    wanted.
    """
    return _source(name).check(arrived)


def parse(inbound: Inbound, *, secret: bytes, limits: Limits) -> tuple[Fact, ...]:
    """What a kept delivery says, scrubbed. Permanent, with the reason, when not understood."""
    return _source(inbound.source).parse(inbound, secret=secret, limits=limits)


def scrubbed_body(inbound: Inbound, *, limits: Limits, secret: bytes = b"") -> bytes:
    """The body as it may be kept when the delivery failed: decompressed, without secrets.

    The same source reads it all the same, with encoding "". Of a body that cannot even be taken
    apart, what text there is. ``secret`` keys the hash that stands for the user.
    """
    try:
        return _source(inbound.source).scrubbed(inbound, secret=secret, limits=limits)
    except Exception:  # noqa: BLE001 - why it failed is known; what is left must be kept anyhow
        return _as_text(inbound, limits)


def _as_text(inbound: Inbound, limits: Limits) -> bytes:
    try:
        body = decompress(inbound.body, inbound.encoding, limits.decoded)
    except CorrelatorError:
        return b""
    return scrub_text(body[: limits.event].decode("utf-8", "replace")).encode()


def _source(name: str) -> Source:
    if name not in SOURCES:
        load_room(__name__)
    try:
        return SOURCES.get(name)
    except KeyError as fault:
        raise Permanent(
            f"No source reads what came as {name!r}: it was made by another version."
        ) from fault
