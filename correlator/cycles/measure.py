"""Events thinned, and use measured: the two things that a fix is judged by.

A burst counts once: five-minute windows that had an event are counted instead of events, and of
windows in a row only the first, unless failures fill more than half of the time anyway.

Exposure is counted in calls or sessions where these are known; else in hours that a release was
live, and then like is compared with like: an hour after the fix counts only together with hours
before it of the same time of day, on a working day or at a weekend.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import NamedTuple

from correlator.types import Line, RollOut

HOUR = timedelta(hours=1)
SATURDAY = 5
WINDOWS = 12
# Above this share of windows with an event, those in a row are no longer taken for one burst.
CROWDED = 0.5
# Hours over which events are looked at together for how unevenly they come.
SCALES = (1, 3, 8, 24)

# Hours that are compared with one another; None where all hours are alike.
Slot = tuple[bool, int] | None


class Hour(NamedTuple):
    """One hour of a group of releases: exposure in the line's unit, how many five-minute windows
    had an event, and how many of these began a burst."""

    at: datetime
    exposure: float
    windows: int = 0
    bursts: int = 0


def hour_of(at: datetime) -> datetime:
    """The beginning of the hour."""
    return at.replace(minute=0, second=0, microsecond=0)


def hours_of(line: Line, releases: frozenset[str]) -> list[Hour]:
    """Every hour in which these releases were used or had an event, by time."""
    seen: dict[datetime, int] = defaultdict(int)
    exposure: dict[datetime, float] = defaultdict(float)
    for one in line.seen:
        if one.release in releases:
            seen[one.hour] |= one.windows
    for at, count in _used(line, releases):
        exposure[at] += count
    return [
        _hour(at, exposure.get(at, 0.0), windows, seen.get(at - HOUR, 0))
        if (windows := seen.get(at, 0))
        else Hour(at, exposure[at])
        for at in sorted({*seen, *exposure})
    ]


def _hour(at: datetime, exposure: float, windows: int, hour_before: int) -> Hour:
    return Hour(at, exposure, windows.bit_count(), _bursts(windows, hour_before))


def _bursts(windows: int, hour_before: int) -> int:
    """Windows with none right before them. The hour before's last one is the eleventh bit."""
    return (windows & ~(windows << 1 | hour_before >> 11)).bit_count()


def failures(hours: Sequence[Hour]) -> list[tuple[Hour, int]]:
    """Each hour with the failures that count: bursts, or windows where most of these are full."""
    filled = sum(hour.windows for hour in hours)
    by_window = filled > len(hours) * WINDOWS * CROWDED
    return [(hour, hour.windows if by_window else hour.bursts) for hour in hours]


def live(
    roll_outs: Iterable[RollOut], until: datetime, releases: frozenset[str]
) -> Iterator[tuple[datetime, float]]:
    """Hour, and the share of it that one of these releases was live in."""
    ordered = sorted(roll_outs, key=lambda one: one.at)
    ends = [one.at for one in ordered[1:]] + [until]
    for one, end in zip(ordered, ends, strict=True):
        if one.release in releases and one.at < end:
            yield from _hours_between(one.at, end)


def _live_in_part(line: Line, releases: frozenset[str]) -> Iterator[tuple[datetime, float]]:
    """Canaries count as if everybody had them: what fails for a few fails the more for all."""
    for one in line.parts:
        if one.release in releases:
            later = (each.at for each in (*line.roll_outs, *line.parts) if each.at > one.at)
            yield from _hours_between(one.at, max(min(later, default=line.now), one.at))


def _hours_between(at: datetime, end: datetime) -> Iterator[tuple[datetime, float]]:
    hour = hour_of(at)
    following = hour + HOUR
    yield hour, (min(following, end) - at) / HOUR
    while (hour := following) < end:
        following = hour + HOUR
        yield hour, 1.0 if following <= end else (end - hour) / HOUR


def slot_of(at: datetime) -> Slot:
    """The hours that an hour may be compared with: weekend or not, and time of day."""
    return at.weekday() >= SATURDAY, at.hour


def by_slot(failed: Iterable[tuple[Hour, int]]) -> Mapping[Slot, tuple[int, float]]:
    """Failures and exposure of each slot."""
    sums: dict[Slot, tuple[int, float]] = {}
    for hour, count in failed:
        before, exposure = sums.get(slot_of(hour.at), (0, 0.0))
        sums[slot_of(hour.at)] = before + count, exposure + hour.exposure
    return sums


def dispersion(failed: Sequence[tuple[Hour, int]], *, by_time: bool) -> float:
    """How many times more unevenly than by chance failures fall (Pearson's), 1 at the least.

    At the scale of an hour, a part of a day and a day, the largest: a storm of three hours looks
    even within itself, and is one failure. ``by_time``: each time of day has a rate of its own.
    An hour has no more than twelve windows, so chance spreads them less than Poisson's would: hours
    that are always full say nothing of those that are not.
    """
    rates = _rates(failed, by_time=by_time)
    expected = [
        (hour, count, hour.exposure * rates[slot_of(hour.at) if by_time else None])
        for hour, count in failed
        if rates and hour.exposure > 0
    ]
    if not expected:
        return 1.0
    free = 1 - len(rates) / len(failed)
    return max(1.0, *(_pearson(_together(expected, scale), free) for scale in SCALES))


def _rates(failed: Sequence[tuple[Hour, int]], *, by_time: bool) -> Mapping[Slot, float]:
    """Failures by exposure, of each slot or of all hours."""
    slots = by_slot(failed)
    if by_time:
        return {slot: count / used if used else 0.0 for slot, (count, used) in slots.items()}
    used = sum(exposure for _, exposure in slots.values())
    return {None: sum(count for count, _ in slots.values()) / used} if used else {}


def _together(
    expected: Sequence[tuple[Hour, int, float]], scale: int
) -> list[tuple[float, float, float]]:
    """Failures, those expected, and the variance that chance gives them, of so many hours each."""
    sums: dict[int, tuple[float, float, float]] = {}
    first, length = expected[0][0].at, scale * HOUR
    for hour, count, mean in expected:
        place = (hour.at - first) // length
        counts, means, spreads = sums.get(place, (0.0, 0.0, 0.0))
        spread = max(mean * (1 - mean / WINDOWS), 0.0)
        sums[place] = counts + count, means + mean, spreads + spread
    return [part for part in sums.values() if part[1] == 0 or part[2] > 0]


def _pearson(parts: Sequence[tuple[float, float, float]], free: float) -> float:
    """``free``: the share of the parts that the expected rates were not fitted to."""
    freedom = len(parts) * free
    if freedom < 1:
        return 1.0
    return sum((count - mean) ** 2 / spread for count, mean, spread in parts if mean > 0) / freedom


def _used(line: Line, releases: frozenset[str]) -> Iterator[tuple[datetime, float]]:
    if line.unit is None:
        return chain(live(line.roll_outs, line.now, releases), _live_in_part(line, releases))
    return ((use.hour, use.count) for use in line.use if use.release in releases)
