"""A failure as the rules and the model see it: language, exceptions from the root out, last frames.

The root of a chain says what went wrong, the wrappers what it was told to the caller. Everything
an event holds is cut here, once.
"""

from dataclasses import dataclass

from correlator.types import Event, FilePatch, Frame, Raised

LONGEST_MESSAGE = 2_000
FRAMES = 5
MOST_EXCEPTIONS = 20
NESTED = "nested exception is "

_PLATFORMS = {
    "python": "python",
    "javascript": "javascript",
    "node": "javascript",
    "typescript": "javascript",
    "java": "java",
    "kotlin": "java",
    "scala": "java",
    "groovy": "java",
    "android": "java",
    "go": "go",
    "ruby": "ruby",
    "csharp": "csharp",
    "dotnet": "csharp",
    "php": "php",
}
_SUFFIXES = {
    "py": "python",
    "js": "javascript",
    "mjs": "javascript",
    "cjs": "javascript",
    "jsx": "javascript",
    "ts": "javascript",
    "tsx": "javascript",
    "java": "java",
    "kt": "java",
    "scala": "java",
    "go": "go",
    "rb": "ruby",
    "cs": "csharp",
    "php": "php",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """One exception: its type without module, its full name, its message, its frames."""

    type: str
    full: str
    message: str
    frames: tuple[Frame, ...] = ()

    @property
    def crash(self) -> Frame | None:
        """Where it was raised."""
        return self.frames[-1] if self.frames else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """``seen`` is the exception that is judged; ``others`` the rest of the chain, root first."""

    language: str
    seen: Seen
    others: tuple[Seen, ...]
    event: Event
    patch: tuple[FilePatch, ...] = ()
    source: str = ""

    @property
    def crash_line(self) -> str:
        """The line that raised, from the frame or from the source that was given."""
        frame = self.seen.crash
        if frame is None:
            return ""
        if frame.context_line:
            return frame.context_line[:LONGEST_MESSAGE]
        lines = self.source.splitlines() if frame.lineno else []
        at = (frame.lineno or 0) - 1
        return lines[at][:LONGEST_MESSAGE] if 0 <= at < len(lines) else ""


def readings(
    event: Event, patch: tuple[FilePatch, ...] = (), source: str = ""
) -> tuple[Failure, ...]:
    """The event once for each exception of its chain, as the judged one: the root first."""
    chain = _chain(event)
    language = language_of(event)
    return tuple(
        Failure(
            language=language,
            seen=one,
            others=(*chain[:at], *chain[at + 1 :]),
            event=event,
            patch=patch,
            source=source,
        )
        for at, one in enumerate(chain)
    )


def language_of(event: Event) -> str:
    """The language of the rules to ask: from the platform, else from the last file's name."""
    if (known := platform_language(event.platform)) != "other":
        return known
    for frame in reversed(event.trace):
        suffix = frame.filename.rpartition(".")[2].lower()
        if suffix in _SUFFIXES:
            return _SUFFIXES[suffix]
    return "other"


def platform_language(platform: str) -> str:
    """The language of a Sentry platform, or ``other``."""
    return _PLATFORMS.get(platform.partition("-")[0], "other")


def short_name(full: str) -> str:
    """``java.util.X$Y``, ``Mod::Y``, ``Ns\\Y`` and ``pkg.Y`` are all ``Y``."""
    name = full.strip()[:300]
    for mark in (".", "::", "\\", "$", "+"):
        name = name.rpartition(mark)[2] or name
    return name


def _chain(event: Event) -> tuple[Seen, ...]:
    raised = event.exceptions[:MOST_EXCEPTIONS]
    if not raised:
        text = (event.formatted or event.message)[:LONGEST_MESSAGE]
        return _with_nested(Seen("", "", text, event.frames[-FRAMES:]))
    kept = [one for one in raised if not one.is_group] or list(raised)
    return tuple(part for one in kept for part in _with_nested(_seen(one)))


def _seen(raised: Raised) -> Seen:
    full = f"{raised.module}.{raised.type}" if raised.module else raised.type
    return Seen(
        short_name(raised.type),
        full[:300],
        raised.value[:LONGEST_MESSAGE],
        raised.frames[-FRAMES:],
    )


def _with_nested(one: Seen) -> tuple[Seen, ...]:
    """Spring writes the cause into the message: it is read as an exception of its own."""
    _, found, cause = one.message.rpartition(NESTED)
    if not found:
        return (one,)
    name, _, text = cause.partition(":")
    return (Seen(short_name(name), name.strip()[:300], text.strip(), one.frames), one)
