"""ISO weeks in a team's zone, and when a report of one is due.

Source: ISO 8601 week dates; a week begins on Monday at 00:00 of the zone's own clock, so one in
which the clocks are changed has 167 or 169 hours.
"""

import re
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from correlator.errors import Permanent
from correlator.types import Week

_NAME = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)
_SEVEN = timedelta(days=7)


def zone_named(name: str) -> ZoneInfo:
    """The zone; Permanent where there is none of that name."""
    if name not in _zones():
        raise Permanent(f"There is no time zone {name[:64]!r}. Examples: Europe/Berlin, UTC.")
    return ZoneInfo(name)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def week_named(name: str, zone: str) -> Week:
    """The week of a name like ``2026-W47``. Permanent where there is none of that name."""
    found = _NAME.fullmatch(name)
    try:
        if not found:
            raise ValueError
        monday = date.fromisocalendar(int(found[1]), int(found[2]), 1)
        return _week(monday, zone)
    except (ValueError, OverflowError) as fault:
        raise Permanent(f"{name[:20]!r} is no ISO week; one looks like 2026-W47.") from fault


def week_of(at: datetime, zone: str) -> Week:
    """The week that a moment lies in."""
    local = at.astimezone(zone_named(zone)).date()
    return _week(local - timedelta(days=local.weekday()), zone)


def week_before(week: Week, number: int = 1) -> Week:
    """So many weeks earlier."""
    monday = week.since.astimezone(zone_named(week.zone)).date()
    return _week(monday - number * _SEVEN, week.zone)


def last_whole_week(now: datetime, zone: str) -> Week:
    """The last week that has ended."""
    return week_before(week_of(now, zone))


def weeks_up_to(week: Week, before: int) -> list[Week]:
    """A week and those before it, oldest first."""
    return [week_before(week, number) for number in range(before, 0, -1)] + [week]


def due_at(now: datetime, zone: str, weekday: int, hour: int) -> datetime:
    """The last moment up to ``now`` that was this weekday (1: Monday) and hour in the zone."""
    where = zone_named(zone)
    local = now.astimezone(where)
    day = local.date() - timedelta(days=(local.isoweekday() - weekday) % 7)
    at = datetime.combine(day, time(hour), where)
    if at > now:
        at = datetime.combine(day - _SEVEN, time(hour), where)
    return at


def _week(monday: date, zone: str) -> Week:
    where = zone_named(zone)
    year, number, _ = monday.isocalendar()
    since = datetime.combine(monday, time(), where)
    until = datetime.combine(monday + _SEVEN, time(), where)
    utc = ZoneInfo("UTC")
    return Week(
        name=f"{year}-W{number:02d}",
        zone=zone,
        since=since.astimezone(utc),
        until=until.astimezone(utc),
    )
