"""``{{ error.type }}`` and its like in a fingerprint that an SDK or a rule made."""

import re
from collections.abc import Callable, Iterable

from correlator.grouping import failures, places
from correlator.types import Event, Frame

LONGEST = 500
_VARIABLE = re.compile(r"\{\{\s*([^{}]{1,100}?)\s*\}\}")


def has_default(values: Iterable[str]) -> bool:
    """Whether the values refine what would have been made without them."""
    return any(_is_default(value) for value in values)


def filled(values: Iterable[str], event: Event) -> tuple[str, ...]:
    """The values but for the default, each variable replaced by what the event says."""
    return tuple(
        _VARIABLE.sub(lambda found: value_of(found[1], event), value)[:LONGEST]
        for value in values
        if not _is_default(value)
    )


def value_of(name: str, event: Event) -> str:
    """What an event says under a name; '' where it says nothing."""
    if name.startswith("tags."):
        return event.tags.get(name.removeprefix("tags."), "")
    read = _NAMED.get(name)
    return (read(event) or "") if read else ""


def _is_default(value: str) -> bool:
    found = _VARIABLE.fullmatch(value.strip())
    return found is not None and found[1] == "default"


def _frame(event: Event) -> Frame | None:
    frames = event.frames
    if event.exceptions:
        frames = failures.failure_of(event.exceptions)[0].frames
    return places.failing(places.frames_that_count(frames))


def _function(event: Event) -> str:
    return places.function_of(frame) if (frame := _frame(event)) else ""


def _module(event: Event) -> str:
    return places.module_of(frame) if (frame := _frame(event)) else ""


def _type(event: Event) -> str:
    return event.raised.type if event.raised else ""


def _value(event: Event) -> str:
    return event.raised.value if event.raised else event.formatted or event.message


_NAMED: dict[str, Callable[[Event], str | None]] = {
    "type": _type,
    "error.type": _type,
    "value": _value,
    "error.value": _value,
    "message": lambda event: event.formatted or event.message or _value(event),
    "logger": lambda event: event.logger,
    "level": lambda event: event.level.value,
    "transaction": lambda event: event.transaction,
    "environment": lambda event: event.environment,
    "release": lambda event: event.release,
    "platform": lambda event: event.platform,
    "service": lambda event: event.service,
    "sdk": lambda event: event.sdk,
    "function": _function,
    "module": _module,
    "package": lambda event: _module(event).split(".")[0],
}
