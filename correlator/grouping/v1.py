"""Fingerprint, version 1: exception type, innermost in-app frames by function, message template.

An SDK's own fingerprint is honoured. Neither line numbers nor full paths take part, so that moved
lines and other hosts stay one issue. Released versions are never edited: write the next one.
"""

import hashlib
import re
from itertools import groupby

from correlator.grouping.messages import template
from correlator.types import Event, Fingerprint, Frame, Raised

VERSION = 1
DEFAULT = "{{ default }}"
_ANONYMOUS = re.compile(
    r"<(?:lambda|anonymous|listcomp|dictcomp|genexpr|setcomp)>|\$\d+|0x[0-9a-f]+", re.I
)


def fingerprint(event: Event) -> Fingerprint:
    """Parts in order, and a hash over them."""
    own = tuple(part.strip() for part in event.fingerprint if part.strip())
    if not own or own == (DEFAULT,):
        return _sealed(*_default(event))
    if DEFAULT not in own:
        return _sealed(own, "the SDK's own fingerprint")
    parts, because = _default(event)
    rest = tuple(part for part in own if part != DEFAULT)
    return _sealed((*parts, *rest), f"{because}, refined by the SDK's fingerprint")


def _sealed(parts: tuple[str, ...], because: str) -> Fingerprint:
    digest = hashlib.sha256("\x1f".join(parts).encode("utf-8", "replace")).hexdigest()
    return Fingerprint(version=VERSION, hash=digest, parts=parts, because=because)


def _default(event: Event) -> tuple[tuple[str, ...], str]:
    if event.exceptions:
        return _of_exceptions(event.exceptions)
    if frame := crash_frame(event.frames):
        return (template(event.message), where(frame)), f"message and frame {where(frame)}"
    return (event.logger or "", template(event.message or event.formatted)), "message template"


def _of_exceptions(chain: tuple[Raised, ...]) -> tuple[tuple[str, ...], str]:
    surfaced = next((raised for raised in reversed(chain) if raised.frames), chain[-1])
    frame = crash_frame(surfaced.frames)
    root = chain[0]
    types = tuple(kind for kind, _ in groupby(raised.type for raised in chain))
    if frame is None:
        return (*types, template(root.value)), f"{surfaced.type} and message template"
    kind = "" if surfaced.synthetic else surfaced.type
    return (kind, root.type, where(frame)), f"{surfaced.type} in {where(frame)}"


def crash_frame(frames: tuple[Frame, ...]) -> Frame | None:
    """The innermost frame of the application; the innermost of all when none is marked."""
    named = [frame for frame in frames if frame.function or frame.module or frame.filename]
    return next((frame for frame in reversed(named) if frame.in_app), named[-1] if named else None)


def where(frame: Frame) -> str:
    """Module (else bare file name) and function: what survives moved lines and other hosts."""
    file = re.split(r"[\\/]", frame.filename)[-1].lower()
    function = _ANONYMOUS.sub("<anonymous>", frame.function or "?")
    return f"{frame.module or file}:{function}"
