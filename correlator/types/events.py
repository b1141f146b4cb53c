"""What the world says went wrong, and what was deployed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from correlator.types.grouping import Traits


class Level(StrEnum):
    """Severity of an event, as Sentry names it."""

    FATAL = "fatal"
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    DEBUG = "debug"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """One delivery at the door, exactly as it arrived: the only raw thing in the house.

    ``source`` names the module in ``sources`` that can read it; ``delivery`` is what makes the
    delivery itself unique within project and source (an event id, a deploy's natural key), so
    that a repeated delivery is kept once.
    """

    project_id: int
    source: str
    delivery: str
    body: bytes
    encoding: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One call in a stack trace. ``lineno`` and ``colno`` count from 1."""

    filename: str
    function: str = ""
    module: str | None = None
    abs_path: str | None = None
    lineno: int | None = None
    colno: int | None = None
    context_line: str | None = None
    pre_context: tuple[str, ...] = ()
    post_context: tuple[str, ...] = ()
    in_app: bool | None = None
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """One exception of a chain. ``frames``: oldest call first, the last is where it was raised.

    ``number`` and ``parent`` rebuild the tree of an exception group (the root is number 0);
    a plain chain has neither.
    """

    type: str
    value: str = ""
    module: str | None = None
    handled: bool | None = None
    synthetic: bool = False
    mechanism: str | None = None
    frames: tuple[Frame, ...] = ()
    number: int | None = None
    parent: int | None = None
    is_group: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One error event, parsed and scrubbed.

    ``exceptions`` keeps Sentry's order: innermost cause first, the one the user saw last.
    ``frames`` holds a trace that came without an exception. ``message`` is the template,
    ``formatted`` the text as shown. ``user`` is a keyed hash, never the identity itself.
    ``notes`` say which fields could not be read and were dropped.
    """

    event_id: str
    at: datetime
    level: Level = Level.ERROR
    platform: str = "other"
    release: str | None = None
    dist: str | None = None
    environment: str = "production"
    service: str | None = None
    transaction: str | None = None
    logger: str | None = None
    message: str = ""
    formatted: str = ""
    exceptions: tuple[Raised, ...] = ()
    frames: tuple[Frame, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None
    server_name: str | None = None
    trace_id: str | None = None
    modules: Mapping[str, str] = field(default_factory=dict)
    fingerprint: tuple[str, ...] = ()
    sdk: str | None = None
    breadcrumbs: tuple[Mapping[str, Any], ...] = ()
    request: Mapping[str, Any] = field(default_factory=dict)
    contexts: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    sentry_issue: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def raised(self) -> Raised | None:
        """The exception that surfaced: the last of the chain."""
        return self.exceptions[-1] if self.exceptions else None

    @property
    def trace(self) -> tuple[Frame, ...]:
        """Frames of the exception that surfaced, oldest first; else the bare trace."""
        for raised in reversed(self.exceptions):
            if raised.frames:
                return raised.frames
        return self.frames


@dataclass(frozen=True, slots=True, kw_only=True)
class Deploy:
    """A deploy marker: this release of this service went to this environment at this time.

    ``stage``: canary or partial where only a ``share`` (0 to 1) of it got the release; None: all.
    ``failed``: the roll-out came to nothing and served nobody.
    """

    release: str
    environment: str
    service: str | None
    revision: str | None
    at: datetime
    actor: str | None = None
    url: str | None = None
    stage: str | None = None
    share: float | None = None
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What makes two events the same issue: a hash, the version of the recipe, and its parts.

    ``older``: the same event by the recipes before, newest first, under which an issue may be
    known. ``traits``: what a near-duplicate is known by; None where somebody said what belongs
    together (the SDK's fingerprint, a project's rule), so that nothing is guessed.
    """

    version: int
    hash: str
    parts: tuple[str, ...]
    because: str
    older: "tuple[Fingerprint, ...]" = field(default=(), compare=False, repr=False)
    traits: Traits | None = field(default=None, compare=False, repr=False)
