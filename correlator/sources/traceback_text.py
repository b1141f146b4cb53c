"""Plain tracebacks as text, as people paste them: Python, Node (V8) and Java.

Read line by line with patterns anchored at the line's start, none of which can run away on
hostile text; what is no traceback is refused, never guessed at.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from correlator.errors import Permanent
from correlator.types import Event, Frame, Raised

SIZE_LIMIT = 1024 * 1024
LINE_LIMIT = 2000
FRAMES_LIMIT = 500
_PY_START = "Traceback (most recent call last):"
_PY_FRAME = re.compile(r'\A {2,6}File "([^"\n]+)", line (\d{1,9})(?:, in (.+))?\Z')
_PY_ERROR = re.compile(r"\A([A-Za-z_][\w.]*)(?:: (.*))?\Z")
_JS_FRAME = re.compile(
    r"\A\s*at (?:async )?(?:(.{1,300}?) \()?"
    r"((?:[a-z-]+:/{2,3})?[^\s()]{1,1000}):(\d{1,9}):(\d{1,9})\)?(?: \{)?\Z"
)
_JAVA_FRAME = re.compile(
    r"\A\s*at (?:[\w.@-]{1,200}/{1,2})*([\w.$<>]{1,500})\.([\w$<>]{1,200})"
    r"\(([^():]{1,300})(?::(\d{1,9}))?\)"
)
_ERROR = re.compile(
    r"\A\s*(?:Uncaught |Exception in thread \"[^\"]{0,200}\" |Caused by: |\[cause\]: )?"
    r"([A-Za-z_$][\w.$]*)(?: \[\w+\])?(?:: ?(.*))?\Z"
)


def parse_traceback(text: str, *, received_at: datetime) -> Event:
    """An event from a traceback's text; Permanent if the text holds none that can be read."""
    lines = [line[:LINE_LIMIT].rstrip() for line in text[:SIZE_LIMIT].splitlines()]
    platform, read = _dialect(lines)
    exceptions = tuple(read(lines))
    if not any(raised.frames for raised in exceptions):
        raise Permanent(
            "This is no Sentry event (JSON) and holds no Python, Node or Java traceback. "
            "Paste it from its first line, with the frames."
        )
    return Event(
        event_id=UUID(int=0).hex,
        at=received_at,
        platform=platform,
        exceptions=exceptions,
    )


def _dialect(lines: list[str]) -> tuple[str, Callable[[list[str]], Iterable[Raised]]]:
    for line in lines:
        if line.strip(" |+").startswith(_PY_START) or _PY_FRAME.match(line):
            return "python", _python
        if _JAVA_FRAME.match(line) and not _JS_FRAME.match(line):
            return "java", _java
        if _JS_FRAME.match(line):
            return "node", _node
    return "other", lambda _: ()


# --- Python: oldest call first, the cause printed before what it caused ------------------------


def _python(lines: list[str]) -> Iterable[Raised]:
    """Every traceback of the chain; Python prints the innermost cause first, as Sentry keeps it."""
    frames: list[Frame] = []
    for at, line in enumerate(lines):
        if line.startswith(_PY_START):
            frames = []
        elif found := _PY_FRAME.match(line):
            frames.append(_python_frame(found, lines[at + 1] if at + 1 < len(lines) else ""))
        elif frames and (error := _PY_ERROR.match(line)):
            module, _, name = error[1].rpartition(".")
            yield Raised(
                type=name,
                module=module or None,
                value=error[2] or "",
                frames=tuple(frames[-FRAMES_LIMIT:]),
            )
            frames = []
    if frames:
        yield Raised(type="Exception", frames=tuple(frames[-FRAMES_LIMIT:]))


def _python_frame(found: re.Match[str], code: str) -> Frame:
    has_code = code.startswith("    ") and not _PY_FRAME.match(code)
    return Frame(
        filename=found[1],
        function=found[3] or "",
        lineno=int(found[2]),
        context_line=code.strip() if has_code else None,
    )


# --- Node and Java: newest call first, the cause printed after what it caused -------------------


def _node(lines: list[str]) -> Iterable[Raised]:
    return _newest_first(lines, _node_frame)


def _java(lines: list[str]) -> Iterable[Raised]:
    return _newest_first(lines, _java_frame)


def _newest_first(lines: list[str], frame_of: Callable[[str], Frame | None]) -> list[Raised]:
    """Turned round: innermost cause first, and in each trace the oldest call first."""
    found: list[Raised] = []
    frames: list[Frame] = []
    before = ""
    for line in lines:
        if frame := frame_of(line):
            if before or not found:
                found.append(_named(before))
                frames, before = [], ""
            if len(frames) < FRAMES_LIMIT:
                frames.append(frame)
            found[-1] = replace(found[-1], frames=tuple(reversed(frames)))
        elif (error := _ERROR.match(line)) and not line.lstrip().startswith(("at ", "...")):
            before = line if _starts_a_trace(line, error[1]) or not before else before
    return list(reversed(found))


def _starts_a_trace(line: str, name: str) -> bool:
    marks = ("Caused by: ", "[cause]: ", "Exception in thread", "Uncaught ")
    return line.lstrip().startswith(marks) or name.endswith(("Error", "Exception", "Throwable"))


def _named(line: str) -> Raised:
    error = _ERROR.match(line)
    if not error:
        return Raised(type="Error")
    module, _, name = error[1].rpartition(".")
    return Raised(type=name, module=module or None, value=error[2] or "")


def _node_frame(line: str) -> Frame | None:
    found = _JS_FRAME.match(line)
    if not found:
        return None
    internal = found[2].startswith("node:")
    return Frame(
        filename=found[2],
        function=(found[1] or "").removeprefix("new "),
        lineno=int(found[3]),
        colno=int(found[4]),
        in_app=False if internal or "/node_modules/" in found[2] else None,
    )


def _java_frame(line: str) -> Frame | None:
    found = _JAVA_FRAME.match(line)
    if not found:
        return None
    return Frame(
        filename=found[3],
        module=found[1],
        function=found[2],
        lineno=int(found[4]) if found[4] else None,
    )
