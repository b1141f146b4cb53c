"""Exceptions and stack traces of a Sentry event, in every shape that SDKs have sent them.

Order stays Sentry's: frames oldest call first, exceptions innermost cause first and the one that
surfaced last. Long traces lose their middle, as nobody reads the 500th level of a recursion.
"""

from collections.abc import Mapping
from typing import Any

from correlator.sources.in_app import looks_in_app
from correlator.sources.lenient import Reading, as_list, as_pairs, as_text, as_whole, clean
from correlator.types import Frame, Raised

FRAMES_AT_EITHER_END = 125
EXCEPTIONS_AT_EITHER_END = 25
ALL_FRAMES = 1000
VARIABLES = 50
LINE_LENGTH = 1000
VALUE_LENGTH = 8192


def read_exceptions(value: object, platform: str, outer: Reading) -> tuple[Raised, ...]:
    """The chain, innermost cause first. ``value``: a list, ``{"values": [...]}`` or one object."""
    entries = [entry for entry in as_list(value) if isinstance(entry, Mapping)]
    if value is not None and not entries and as_list(value) != []:
        outer.lost("exception", value)
    kept = _root_last(_ends(entries, EXCEPTIONS_AT_EITHER_END))
    left = ALL_FRAMES
    chain: list[Raised] = []
    for entry in reversed(kept):  # the one that surfaced has the first claim to the room there is
        raised = _raised(outer.inner(entry, "exception"), platform, left)
        left -= len(raised.frames)
        chain.append(raised)
    return tuple(reversed(chain))


def read_frames(stacktrace: object, platform: str, outer: Reading) -> tuple[Frame, ...]:
    """The frames of one stack trace, oldest call first; at most twice ``FRAMES_AT_EITHER_END``."""
    listed = stacktrace.get("frames") if isinstance(stacktrace, Mapping) else stacktrace
    if listed is not None and not isinstance(listed, list):
        outer.lost("stacktrace", listed)
    frames = [entry for entry in as_list(listed) if isinstance(entry, Mapping)]
    return tuple(
        _frame(outer.inner(entry, "frame"), platform)
        for entry in _ends(frames, FRAMES_AT_EITHER_END)
    )


def read_bare_trace(payload: Reading, platform: str) -> tuple[Frame, ...]:
    """The trace that came without an exception: top level, or of the thread that crashed."""
    legacy = payload.data.get("sentry.interfaces.Stacktrace")
    if frames := read_frames(payload.data.get("stacktrace") or legacy, platform, payload):
        return frames
    threads = [one for one in as_list(payload.data.get("threads")) if isinstance(one, Mapping)]
    for mark in ("crashed", "current"):
        for thread in threads:
            if thread.get(mark) is True and thread.get("stacktrace"):
                return read_frames(thread["stacktrace"], platform, payload)
    if len(threads) == 1:
        return read_frames(threads[0].get("stacktrace"), platform, payload)
    return ()


def _ends(entries: list[Any], count: int) -> list[Any]:
    return entries if len(entries) <= 2 * count else entries[:count] + entries[-count:]


def _root_last(entries: list[Any]) -> list[Any]:
    """Exceptions with ids form a tree whose root, id 0, is the one that surfaced."""
    for place, entry in enumerate(entries[:-1]):
        mechanism = entry.get("mechanism")
        if isinstance(mechanism, Mapping) and mechanism.get("exception_id") == 0:
            if mechanism.get("parent_id") is None and mechanism["exception_id"] is not False:
                return entries[:place] + entries[place + 1 :] + [entry]
            break
    return entries


def _raised(entry: Reading, platform: str, room: int) -> Raised:
    mechanism = entry.inner(entry.data.get("mechanism"), "mechanism")
    stacktrace = entry.data.get("stacktrace") or entry.data.get("raw_stacktrace")
    frames = read_frames(stacktrace, platform, entry)
    value = entry.data.get("value")
    return Raised(
        type=entry.text("type", 200) or ("" if value else "Error"),
        value=as_text(value, VALUE_LENGTH) or "",
        module=entry.text("module", 300),
        handled=mechanism.flag("handled"),
        synthetic=mechanism.flag("synthetic") is True,
        mechanism=mechanism.text("type", 100),
        frames=frames[-room:] if room > 0 else (),
        number=as_whole(mechanism.data.get("exception_id")),
        parent=as_whole(mechanism.data.get("parent_id")),
        is_group=mechanism.flag("is_exception_group") is True,
    )


def _frame(entry: Reading, platform: str) -> Frame:
    abs_path = entry.text("abs_path", LINE_LENGTH)
    module = entry.text("module", 300)
    filename = entry.text("filename", LINE_LENGTH) or abs_path or ""
    context = entry.data.get("context_line")
    flag = entry.flag("in_app")
    language = entry.text("platform", 40) or platform
    judged = looks_in_app(abs_path or filename, module, language)
    return Frame(
        filename=filename,
        function=entry.text("function", 300) or "",
        module=module,
        abs_path=abs_path,
        lineno=entry.whole("lineno"),
        colno=entry.whole("colno"),
        context_line=clean(context, LINE_LENGTH) if isinstance(context, str) else None,
        pre_context=entry.lines("pre_context", 20, LINE_LENGTH)[-10:],
        post_context=entry.lines("post_context", 10, LINE_LENGTH),
        in_app=judged if flag is None else flag,
        variables=_variables(entry.data.get("vars")),
    )


def _variables(value: object) -> dict[str, str]:
    held = list(as_pairs(value))[:VARIABLES]
    return {clean(name, 100): as_text(one, 500) or "" for name, one in held}
