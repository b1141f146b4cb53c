"""The two sides of the comparison: the same thing counted of both, in the best unit there is.

Calls where the one before has any, else sessions, else minutes of being live; which one is told by
the side that no longer changes, so that no look chooses its own. Minutes are compared with the
same hours of the day, on working days or at weekends. Of a
part (a canary) its share of the minutes is taken, as last told: more than it had, if it grew.

Failures come in bursts, which no count of single events may take for so many separate ones: how
unevenly they fell on this line before is measured (Pearson's dispersion, the largest of several
scales), and both counts weigh that much less.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from correlator.types import Compared, HourOfRelease, Watched

HOUR = timedelta(hours=1)
# So far back the one before is looked at.
BEFORE = timedelta(days=7)
SCALES = (1, 3, 8)
FEWEST_PARTS = 6
# Hours with a failure from which on it is known whether failures come in bursts.
FEWEST_HOURS = 3
SATURDAY = 5
# Whether it is the weekend, and the hour of the day.
Slot = tuple[bool, int]


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
        spread_before=_spread(settled, unit),
        is_spread_known=_is_spread_known(settled),
        is_part=watched.share is not None,
    )


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
        if _is_new(one, watched) and one.hour >= watched.timed_from and _slot(one.hour) in minutes
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
        spread_before=_spread(settled, None),
        is_spread_known=_is_spread_known(settled),
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
    own = _by_slot(old, _hour_of(max(since, watched.at - BEFORE)) + HOUR, watched.at)
    line = [one for one in settled if one.environment == environment]
    first = min((one.hour for one in line), default=watched.at)
    of_line = _by_slot(line, first, watched.at)
    found = {slot: own.get(slot) or of_line.get(slot) or [] for slot in slots}
    return {slot: counts for slot, counts in found.items() if counts}


def _by_slot(
    hours: Iterable[HourOfRelease], since: datetime, until: datetime
) -> dict[Slot, list[int]]:
    """Failures of each whole hour, silent ones too."""
    events: dict[datetime, int] = {}
    for one in hours:
        events[one.hour] = events.get(one.hour, 0) + one.events
    found: dict[Slot, list[int]] = {}
    for hour in _hours(since, _hour_of(until)):
        found.setdefault(_slot(hour), []).append(events.get(hour, 0))
    return found


def _minutes(since: datetime, until: datetime) -> dict[Slot, float]:
    """How many minutes lie in each hour of the day."""
    found: dict[Slot, float] = {}
    for hour in _hours(since, until):
        inside = min(hour + HOUR, until) - max(hour, since)
        found[_slot(hour)] = found.get(_slot(hour), 0.0) + inside / timedelta(minutes=1)
    return found


def _hours(since: datetime, until: datetime) -> list[datetime]:
    at, found = _hour_of(since), []
    while at < until:
        found.append(at)
        at += HOUR
    return found


def _slot(at: datetime) -> Slot:
    return at.weekday() >= SATURDAY, at.hour


def _hour_of(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _total(hours: Iterable[HourOfRelease], unit: str) -> float:
    return float(sum(getattr(one, unit) for one in hours))


def _is_spread_known(hours: Iterable[HourOfRelease]) -> bool:
    return len({one.hour for one in hours if one.events}) >= FEWEST_HOURS


def _spread(hours: Sequence[HourOfRelease], unit: str | None) -> float:
    """Dispersion of the events by hour, 1 at the least; of too short a past nothing is known.

    Where time stands for use it is told around what is usual at each hour of the day, as far as
    there are days enough: that more fails by day than by night is no burst.
    """
    if not hours:
        return 1.0
    first = min(one.hour for one in hours)
    count = int((max(one.hour for one in hours) - first) / HOUR) + 1
    events, exposure = [0.0] * count, [0.0 if unit else 1.0] * count
    for one in hours:
        place = int((one.hour - first) / HOUR)
        events[place] += one.events
        exposure[place] += getattr(one, unit) if unit else 0.0
    found: list[float] = []
    if unit is None:
        usual, learnt = _usual(events, [_slot(first + place * HOUR) for place in range(count)])
        found = [one for scale in SCALES for one in _pearson(events, usual, scale, learnt / scale)]
    found = found or [one for scale in SCALES for one in _pearson(events, exposure, scale, 1)]
    return max([1.0, *found])


def _usual(events: Sequence[float], slots: Sequence[Slot]) -> tuple[list[float], int]:
    """The mean of each hour's slot, and how many slots have any."""
    of_slot: dict[Slot, list[float]] = {}
    for count, slot in zip(events, slots, strict=True):
        of_slot.setdefault(slot, []).append(count)
    means = {slot: sum(counts) / len(counts) for slot, counts in of_slot.items()}
    return [means[slot] for slot in slots], sum(mean > 0 for mean in means.values())


def _pearson(
    events: Sequence[float], exposure: Sequence[float], scale: int, learnt: float
) -> list[float]:
    """Pearson's dispersion; none of too few parts. ``learnt``: how many numbers the expectation was
    taken from these events with."""
    parts = [
        (sum(events[at : at + scale]), sum(exposure[at : at + scale]))
        for at in range(0, len(events), scale)
    ]
    parts = [(count, used) for count, used in parts if used > 0]
    used = sum(part for _, part in parts)
    rate = sum(count for count, _ in parts) / used if used else 0.0
    free = len(parts) - max(learnt, 1.0)
    if free < FEWEST_PARTS - 1 or not rate:
        return []
    return [sum((count - rate * part) ** 2 / (rate * part) for count, part in parts) / free]
