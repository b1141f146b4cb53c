"""An event as Sentry's API tells it, put into the form that an SDK sends.

``GET /api/0/projects/ORG/PROJECT/events/ID/`` keeps each interface in ``entries``, by its type,
with frames in camel case and their source as pairs of number and text. Nothing is judged here:
whatever is of another type than it should be is handed on or left out, and the reader of events
notes it.
"""

from collections.abc import Mapping
from typing import Any

from correlator.sources.lenient import as_list, as_pairs, as_text, as_whole

_ALIKE = ("message", "dist", "platform", "user", "contexts", "sdk", "environment")
_RENAMED = {"eventID": "event_id", "packages": "modules", "context": "extra"}
_OF_FRAME = {"absPath": "abs_path", "lineNo": "lineno", "colNo": "colno", "inApp": "in_app"}
_MOST_LINES = 100


def is_from_api(payload: Mapping[str, Any]) -> bool:
    """Whether an event has the API's form."""
    return isinstance(payload.get("entries"), list) and "exception" not in payload


def as_sent(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The payload of an SDK that says the same."""
    tags = dict(as_pairs(payload.get("tags")))
    sent = {name: payload[name] for name in _ALIKE if payload.get(name) is not None}
    sent |= {new: payload[old] for old, new in _RENAMED.items() if payload.get(old) is not None}
    for name in ("level", "environment", "transaction", "logger", "server_name"):
        if tags.get(name) is not None:
            sent.setdefault(name, tags[name])
    sent["tags"] = tags
    sent["timestamp"] = payload.get("dateCreated") or payload.get("dateReceived")
    sent["release"] = _release(payload.get("release")) or tags.get("release")
    for entry in as_list(payload.get("entries")):
        if isinstance(entry, Mapping):
            sent |= _interface(as_text(entry.get("type"), 40), entry.get("data"))
    return sent


def _release(value: object) -> object:
    return value.get("version") if isinstance(value, Mapping) else value


def _interface(kind: str | None, data: object) -> dict[str, Any]:
    if kind in ("exception", "threads"):
        return {kind: [_raised(one) for one in as_list(data) if isinstance(one, Mapping)]}
    if kind == "stacktrace":
        return {kind: _trace(data)}
    if kind == "message":
        return {"logentry": data}
    if kind == "breadcrumbs":
        return {kind: data}
    if kind == "request" and isinstance(data, Mapping):
        return {kind: {**data, "query_string": data.get("query")}}
    return {}


def _raised(one: Mapping[str, Any]) -> dict[str, Any]:
    return {**one, "stacktrace": _trace(one.get("stacktrace") or one.get("rawStacktrace"))}


def _trace(value: object) -> object:
    if not isinstance(value, Mapping):
        return value
    listed = value.get("frames")
    if not isinstance(listed, list):
        return value
    return {"frames": [_frame(one) if isinstance(one, Mapping) else one for one in listed]}


def _frame(one: Mapping[str, Any]) -> dict[str, Any]:
    frame = {_OF_FRAME.get(name, name): held for name, held in one.items()}
    at = as_whole(frame.get("lineno"))
    lines = _numbered(one.get("context"))
    if at is None or at not in lines:
        return frame
    return {
        **frame,
        "pre_context": [text for number, text in lines.items() if number < at],
        "context_line": lines[at],
        "post_context": [text for number, text in lines.items() if number > at],
    }


def _numbered(value: object) -> dict[int, str]:
    """Source lines by number, in order."""
    pairs = [one for one in as_list(value) if isinstance(one, list) and len(one) == 2]
    found = {
        number: text
        for one, text in pairs[:_MOST_LINES]
        if (number := as_whole(one)) is not None and isinstance(text, str)
    }
    return dict(sorted(found.items()))
