"""The two sides of the comparison: the same thing counted of both, in the best unit there is.

Calls where the one before has any, else sessions, else minutes of being live; which one is told by
the side that no longer changes, so that no look chooses its own. Minutes are compared with the
same hours of the day, on working days or at weekends. Of a part (a canary) its share of the minutes
is taken, as last told: more than it had, if it grew.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from correlator.health.bursts import Slot, is_known, slot_of, spread
from correlator.types import Compared, HourOfRelease, Watched

HOUR = timedelta(hours=1)
# So far back the one before is looked at.
BEFORE = timedelta(days=7)


def compare(watched: Watched, hours: Sequence[HourOfRelease]) -> Compared:
    """Both sides from what is counted of the line; ``hours`` from a week before on."""
    old = [one for one in hours if _is_old(one, watched)]
    new = [one for one in hours if _is_new(one, watched)]
    unit = next((name for name in ("calls", "sessions") if _total(old, name)), None)
    unit = unit or next((name for name in ("calls", "sessions") if _total(new, name)), None)
    if unit is None:
        return _by_time(watched, hours, old)
    settled = _settled(watched, hours)
    return Compared(
        unit=unit,
        new_events=sum(one.events for one in new),
        new_exposure=_total(new, unit),
        windows=sum(one.windows for one in new),
        old_events=sum(one.events for one in old),
        old_exposure=_total(old, unit),
        spread_before=spread(settled, unit),
        is_spread_known=is_known(settled),
        is_part=watched.share is not None,
        beside=_beside(watched, hours, unit) if watched.share is not None else None,
    )


def _beside(
    watched: Watched, hours: Sequence[HourOfRelease], unit: str
) -> tuple[int, float] | None:
    """The stable version since the canary began."""
    if watched.against is None:
        return None
    stable = [
        one
        for one in hours
        if (one.environment, one.release) == watched.against[:2]
        and watched.counts_from <= one.hour < watched.until
    ]
    return sum(one.events for one in stable), _total(stable, unit)


def _is_new(one: HourOfRelease, watched: Watched) -> bool:
    """Until another took its place: what still sends then is no longer what was deployed."""
    ours = (one.environment, one.release) == (watched.environment, watched.release)
    return ours and watched.counts_from <= one.hour < watched.until


def _is_old(one: HourOfRelease, watched: Watched) -> bool:
    if watched.against is None:
        return False
    environment, release, since = watched.against
    if (one.environment, one.release) != (environment, release):
        return False
    return _hour_of(max(since, watched.at - BEFORE)) <= one.hour <= watched.at


def _settled(watched: Watched, hours: Iterable[HourOfRelease]) -> list[HourOfRelease]:
    """All that the line did before."""
    before = _hour_of(watched.at)
    return [one for one in hours if one.hour < before]


def _by_time(
    watched: Watched, hours: Sequence[HourOfRelease], old: Sequence[HourOfRelease]
) -> Compared:
    """Time stands for use. Of each hour of the day as large a part of the old side is taken as the
    new one has of it, so that a night is never compared with a day; minutes without a match are
    left out."""
    minutes = _minutes(max(watched.at, watched.timed_from), watched.until)
    settled = _settled(watched, hours)
    matched = _matched(watched, settled, old, minutes)
    if watched.against is not None:
        minutes = {slot: count for slot, count in minutes.items() if slot in matched}
    new = [
        one
        for one in hours
        if _is_new(one, watched) and one.hour >= watched.timed_from and slot_of(one.hour) in minutes
    ]
    part = 1.0 if watched.share is None else watched.share
    times = min((60 * len(counts) / minutes[slot] for slot, counts in matched.items()), default=0.0)
    events = sum(
        times * minutes[slot] / 60 / len(counts) * sum(counts) for slot, counts in matched.items()
    )
    return Compared(
        unit="minutes",
        new_events=sum(one.events for one in new),
        new_exposure=sum(minutes.values()) * part,
        windows=sum(one.windows for one in new),
        old_events=round(events),
        old_exposure=times * sum(minutes.values()),
        spread_before=spread(settled, None),
        is_spread_known=is_known(settled),
        is_part=watched.share is not None,
    )


def _matched(
    watched: Watched,
    settled: Sequence[HourOfRelease],
    old: Sequence[HourOfRelease],
    slots: Iterable[Slot],
) -> dict[Slot, list[int]]:
    """Failures in each whole hour like these in which the one before was live; where it never was
    live at such an hour, in which anything was."""
    if watched.against is None:
        return {}
    environment, _, since = watched.against
    own = _byslot_of(old, _hour_of(max(since, watched.at - BEFORE)) + HOUR, watched.at)
    line = [one for one in settled if one.environment == environment]
    first = min((one.hour for one in line), default=watched.at)
    of_line = _byslot_of(line, first, watched.at)
    found = {slot: own.get(slot) or of_line.get(slot) or [] for slot in slots}
    return {slot: counts for slot, counts in found.items() if counts}


def _byslot_of(
    hours: Iterable[HourOfRelease], since: datetime, until: datetime
) -> dict[Slot, list[int]]:
    """Failures of each whole hour, silent ones too."""
    events: dict[datetime, int] = {}
    for one in hours:
        events[one.hour] = events.get(one.hour, 0) + one.events
    found: dict[Slot, list[int]] = {}
    for hour in _hours(since, _hour_of(until)):
        found.setdefault(slot_of(hour), []).append(events.get(hour, 0))
    return found


def _minutes(since: datetime, until: datetime) -> dict[Slot, float]:
    """How many minutes lie in each hour of the day."""
    found: dict[Slot, float] = {}
    for hour in _hours(since, until):
        inside = min(hour + HOUR, until) - max(hour, since)
        found[slot_of(hour)] = found.get(slot_of(hour), 0.0) + inside / timedelta(minutes=1)
    return found


def _hours(since: datetime, until: datetime) -> list[datetime]:
    at, found = _hour_of(since), []
    while at < until:
        found.append(at)
        at += HOUR
    return found


def _hour_of(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _total(hours: Iterable[HourOfRelease], unit: str) -> float:
    return float(sum(getattr(one, unit) for one in hours))
