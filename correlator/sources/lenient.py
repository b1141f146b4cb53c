"""Reading what nobody promised: values from outside that may be missing, null or of any type.

A field that cannot be read is dropped and noted; it never takes the event with it. Everything is
cut to a stated size here, so that nothing further in needs to ask how large it may be.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

NOTES = 20
# Whoever names a release, its name is cut at the same length, so that names stay equal.
LONGEST_RELEASE = 200
_SECONDS_LIMIT = 253_402_300_799  # the last second of the year 9999
_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")
_HEX = re.compile(r"\A[0-9a-f]{32}\Z")


def clean(text: str, limit: int) -> str:
    """The text without what no database keeps (NUL, lone surrogates), cut to ``limit``."""
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return _UNKEEPABLE.sub("�", cut)


def as_text(value: object, limit: int) -> str | None:
    """Text of a scalar; JSON of anything else; None for null and what JSON cannot say."""
    if value is None:
        return None
    if isinstance(value, str):
        return clean(value, limit)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return clean(repr(value), limit)
    try:
        return clean(orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode(), limit)
    except (TypeError, ValueError, RecursionError):
        return None


def as_whole(value: object) -> int | None:
    """A whole number that fits 31 bits, also from text or a float; else None."""
    if isinstance(value, str):
        value = int(value) if value.isascii() and value.isdigit() and len(value) < 11 else None
    if isinstance(value, float):
        value = int(value) if math.isfinite(value) else None
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if -(2**31) < value < 2**31 else None


def as_time(value: object) -> datetime | None:
    """RFC 3339 with or without zone (none means UTC), or Unix seconds; None if neither."""
    try:
        if isinstance(value, bool):
            return None
        if isinstance(value, str) and (number := _number(value)) is not None:
            value = number
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, UTC) if 0 <= value < _SECONDS_LIMIT else None
        if not isinstance(value, str) or len(value) > 64:
            return None
        read = datetime.fromisoformat(value.strip())
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _number(text: str) -> float | None:
    stripped = text.strip()
    if len(stripped) in range(9, 25) and stripped.replace(".", "", 1).isdecimal():
        return float(stripped)
    return None


def as_hex32(value: object) -> str | None:
    """An id of 32 hex digits, with or without dashes; None if it is not one."""
    if not isinstance(value, str) or len(value) > 64:
        return None
    bare = value.strip().replace("-", "").lower()
    return bare if _HEX.match(bare) else None


def as_list(value: object) -> list[Any]:
    """The entries of ``{"values": [...]}``, of a bare list, or of a single object; no nulls."""
    if isinstance(value, Mapping) and "values" in value:
        value = value["values"]
    if isinstance(value, Mapping):
        value = [value]
    return [entry for entry in value if entry is not None] if isinstance(value, list) else []


def as_pairs(value: object) -> Iterator[tuple[str, Any]]:
    """Names and values of a map, a list of pairs, or a list of ``{key, value}``; no null values."""
    if isinstance(value, Mapping):
        yield from ((str(name), held) for name, held in value.items() if held is not None)
        return
    for entry in value if isinstance(value, list) else ():
        if isinstance(entry, list) and len(entry) == 2:
            name, held = entry
        elif isinstance(entry, Mapping):
            name, held = entry.get("key"), entry.get("value")
        else:
            continue
        if isinstance(name, str | int) and held is not None:
            yield str(name), held


def capped(value: object, *, depth: int = 6, width: int = 100, text: int = 2000) -> Any:
    """A JSON value with bounded depth, entries a level and text length."""
    if isinstance(value, str):
        return clean(value, text)
    if value is None or isinstance(value, bool | float):
        return value if not isinstance(value, float) or math.isfinite(value) else str(value)
    if isinstance(value, int):
        return value if -(2**53) < value < 2**53 else clean(str(value), 64)
    if depth == 0:
        return "…"
    inner = {"depth": depth - 1, "width": width, "text": text}
    if isinstance(value, Mapping):
        names = list(value)[:width]
        return {clean(str(name), 200): capped(value[name], **inner) for name in names}
    if isinstance(value, list):
        return [capped(entry, **inner) for entry in value[:width]]
    return None


@dataclass(frozen=True, slots=True)
class Reading:
    """An object from outside, read field by field; what cannot be read goes to ``notes``."""

    data: Mapping[str, Any]
    where: str = ""
    notes: list[str] = field(default_factory=list)

    def inner(self, value: object, where: str) -> "Reading":
        """An object within this one; an empty one, noted, when it is not an object."""
        if isinstance(value, Mapping):
            return Reading(value, where, self.notes)
        if value is not None:
            self.lost(where, value)
        return Reading({}, where, self.notes)

    def lost(self, name: str, value: object) -> None:
        """Note a field that is dropped, by its name and the type that came; never its content."""
        if len(self.notes) < NOTES:
            where = (
                f"{self.where}.{name}" if self.where and not name.startswith(self.where) else name
            )
            self.notes.append(f"{clean(where, 100)} could not be read ({type(value).__name__})")

    def text(self, name: str, limit: int) -> str | None:
        """Stripped text of a scalar field; None when missing, blank, or not a scalar."""
        value = self.data.get(name)
        if isinstance(value, list | Mapping):
            self.lost(name, value)
            return None
        return (as_text(value, limit) or "").strip() or None

    def whole(self, name: str) -> int | None:
        """A whole number, 1 or more; None when missing or unreadable."""
        value = self.data.get(name)
        read = as_whole(value)
        if read is None and value is not None:
            self.lost(name, value)
        return read if read is not None and read > 0 else None

    def flag(self, name: str) -> bool | None:
        """True or false; None when missing or anything else."""
        value = self.data.get(name)
        if isinstance(value, bool) or value is None:
            return value
        self.lost(name, value)
        return None

    def lines(self, name: str, count: int, limit: int) -> tuple[str, ...]:
        """A list of texts; what is not text reads as empty, so that the others keep their place."""
        value = self.data.get(name)
        if value is None:
            return ()
        if not isinstance(value, list):
            self.lost(name, value)
            return ()
        return tuple(clean(line, limit) if isinstance(line, str) else "" for line in value[:count])
