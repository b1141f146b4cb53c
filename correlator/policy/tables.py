"""One table of a policy file, read key by key; a fault names line, key and what is wrong."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from difflib import get_close_matches
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from correlator.errors import Permanent
from correlator.path_patterns import read_pattern

_HEADER = re.compile(r"\A\s*\[\[?\s*([\w.\-\"]{1,100})\s*\]\]?")


def line_of(source: str, table: str, at: int, key: str) -> int:
    """Line of the key in the table's ``at``-th header, else of the header; 1 if neither."""
    seen, header = -1, 1
    for number, line in enumerate(source.splitlines(), 1):
        if found := _HEADER.match(line):
            if seen == at:
                return header
            if found[1].strip('"') == table:
                seen, header = seen + 1, number
        bare = line.lstrip().lstrip("\"'")
        after = bare[len(key) :].lstrip("\"' \t") if bare.startswith(key) else ""
        if seen == at and after.startswith("="):
            return number
    return header


class Pointer(Protocol):
    """Knows where a key stands in the file, and the zone of times that name none."""

    zone: tzinfo

    def fault(self, table: str, at: int, key: str, message: str) -> Permanent:
        """A fault that names the key's line."""


@dataclass
class Place:
    """A table being read, and how to point at it."""

    reader: Pointer
    table: str
    at: int
    data: Mapping[str, Any]

    def fault(self, key: str, message: str) -> Permanent:
        """What is wrong with a key, and where it stands."""
        return self.reader.fault(self.table, self.at, key, message)

    def known(self, keys: tuple[str, ...]) -> None:
        """A key that is not among these is a fault."""
        for key in self.data:
            if key not in keys:
                close = get_close_matches(key, keys, 1)
                hint = f"; is {close[0]!r} meant?" if close else f"; known: {', '.join(keys)}"
                raise self.fault(key, f"there is no such key{hint}")

    def text(self, key: str, default: str | None = None) -> str:
        """A text of 1 to 500 characters."""
        value = self.data.get(key, default)
        if not isinstance(value, str) or not value.strip() or len(value) > 500:
            raise self.fault(key, "must be a text of 1 to 500 characters")
        return value.strip()

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; empty when it is missing."""
        value = self.data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
            raise self.fault(key, 'must be a list of texts, as ["one", "two"]')
        return tuple(value)

    def whole(self, key: str, default: int) -> int:
        """A whole number, 0 or more."""
        value = self.data.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 100_000:
            raise self.fault(key, "must be a whole number, 0 or more")
        return value

    def flag(self, key: str) -> bool:
        """True or false; false when it is missing."""
        value = self.data.get(key, False)
        if not isinstance(value, bool):
            raise self.fault(key, "must be true or false")
        return value

    def patterns(self, key: str) -> tuple[str, ...]:
        """Path patterns."""
        found = self.texts(key)
        for one in found:
            if one.startswith("!") or "[" in one or read_pattern(one) is None:
                raise self.fault(key, f"{one!r} is no path pattern; '!' and '[' are not known")
        return found

    def moment(self, key: str, *, end_of_day: bool = False) -> datetime:
        """A time with its own offset, or in the policy's zone; a bare date is its midnight."""
        value = self.data.get(key)
        if isinstance(value, datetime):
            at = value
        elif isinstance(value, date):
            at = datetime.combine(value + timedelta(days=1 if end_of_day else 0), time())
        else:
            raise self.fault(key, "must be a date or time as TOML writes it: 2026-12-24T18:00:00")
        return (at if at.tzinfo else at.replace(tzinfo=self.reader.zone)).astimezone(UTC)


def clock_of(place: Place, key: str) -> time:
    """A time of day, without a zone."""
    value = place.data.get(key)
    if isinstance(value, str):
        try:
            value = time.fromisoformat(value)
        except ValueError:
            value = None
    if not isinstance(value, time) or value.tzinfo:
        raise place.fault(key, 'must be a time of day, as "09:00"')
    return value


def zone_of(place: Place) -> tzinfo:
    """The zone that the key ``zone`` names."""
    name = place.text("zone")
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as fault:
        raise place.fault(
            "zone", f"{name!r} is no time zone known here, as Europe/Paris"
        ) from fault
