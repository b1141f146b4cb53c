"""What a source is: two faces. At the door it checks, in the digest it reads.

``check`` is cheap and looks at form only (compression, framing, JSON): what passes is kept as it
came. ``parse`` takes what was kept and says what it means; it may run many times.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from correlator.registry import Registry
from correlator.types import Fact, Inbound


class Sizes(Protocol):
    """Whatever has these three limits, in bytes: the settings do."""

    @property
    def wire_limit(self) -> int: ...
    @property
    def decoded_limit(self) -> int: ...
    @property
    def event_limit(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """In bytes: a body as sent, a body decompressed, one event decompressed."""

    wire: int
    decoded: int
    event: int


def limits_of(sizes: Sizes) -> Limits:
    """The limits that settings state."""
    return Limits(wire=sizes.wire_limit, decoded=sizes.decoded_limit, event=sizes.event_limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A request whose sender has proved that it may speak for the project; not looked into yet.

    ``body``: at most ``limits.wire`` bytes, as sent. ``headers``: names in lower case.
    """

    project_id: int
    body: bytes
    limits: Limits
    received_at: datetime
    encoding: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def content_id(body: bytes) -> str:
    """32 hex digits that stand for a body: what makes a delivery without an id itself."""
    return hashlib.sha256(body).hexdigest()[:32]


class Declined(Exception):
    """Well-formed, but nothing in it that is kept. ``event_id`` is what to answer, if any."""

    def __init__(self, event_id: str | None = None) -> None:
        super().__init__("nothing in it that is kept")
        self.event_id = event_id


class Source(Protocol):
    """One way in which deliveries come."""

    def check(self, arrived: Arrived) -> Inbound:
        """What is to be kept. Refused when malformed or too large, Declined when not wanted."""

    def parse(self, inbound: Inbound, *, secret: bytes, limits: Limits) -> tuple[Fact, ...]:
        """What it says. Permanent when it is not understood."""

    def scrubbed(self, inbound: Inbound, *, secret: bytes, limits: Limits) -> bytes:
        """The body decompressed and without secrets, such that ``parse`` reads it all the same."""


SOURCES: Registry[Source] = Registry("source")
