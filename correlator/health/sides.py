"""The two sides of the comparison: the same thing counted of both, in the best unit there is.

Calls where the one before has any, else sessions, else minutes of being live; which one is told by
the side that no longer changes, so that no look chooses its own. Minutes are compared with the
same hours of the day, on working days or at weekends, where the one before has seen such.

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
SATURDAY = 5


def compare(watched: Watched, hours: Sequence[HourOfRelease]) -> Compared:
    """Both sides from what is counted of the line; ``hours`` from a week before on."""
    old = [one for one in hours if _is_old(one, watched)]
    new = [one for one in hours if _is_new(one, watched)]
    events, windows = sum(one.events for one in new), sum(one.windows for one in new)
    unit = next((name for name in ("calls", "sessions") if _total(old, name)), None)
    unit = unit or next((name for name in ("calls", "sessions") if _total(new, name)), None)
    if unit is None:
        return _by_time(watched, hours, old, (events, windows))
    return Compared(
        unit=unit,
        new_events=events,
        new_exposure=_total(new, unit),
        windows=windows,
        old_events=sum(one.events for one in old),
        old_exposure=_total(old, unit),
        spread=_spread(_settled(watched, hours), unit),
    )


def _is_new(one: HourOfRelease, watched: Watched) -> bool:
    ours = (one.environment, one.release) == (watched.environment, watched.release)
    return ours and one.hour >= watched.counts_from


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
    return [one for one in hours if one.hour < before and one.release != watched.release]


def _by_time(
    watched: Watched,
    hours: Sequence[HourOfRelease],
    old: Sequence[HourOfRelease],
    new: tuple[int, int],
) -> Compared:
    lived = _live(watched)
    alike = {_slot(at) for at in _hours(watched.counts_from, watched.until)}
    matched = [at for at in lived if _slot(at) in alike] or lived
    counted = set(matched)
    begun = max(watched.at, watched.counts_from)
    return Compared(
        unit="minutes",
        new_events=new[0],
        new_exposure=max((watched.until - begun) / timedelta(minutes=1), 0.0),
        windows=new[1],
        old_events=sum(one.events for one in old if one.hour in counted),
        old_exposure=len(matched) * 60.0,
        spread=_spread(_settled(watched, hours), None),
    )


def _live(watched: Watched) -> list[datetime]:
    """Whole hours in which the one before was live."""
    if watched.against is None:
        return []
    since = max(watched.against[2], watched.at - BEFORE)
    return _hours(_hour_of(since) + HOUR, _hour_of(watched.at))


def _hours(since: datetime, until: datetime) -> list[datetime]:
    at, found = _hour_of(since), []
    while at < until:
        found.append(at)
        at += HOUR
    return found


def _slot(at: datetime) -> tuple[bool, int]:
    return at.weekday() >= SATURDAY, at.hour


def _hour_of(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _total(hours: Iterable[HourOfRelease], unit: str) -> float:
    return float(sum(getattr(one, unit) for one in hours))


def _spread(hours: Sequence[HourOfRelease], unit: str | None) -> float:
    """Dispersion of the events by hour, 1 at the least; of too short a past nothing is known."""
    if not hours:
        return 1.0
    first = min(one.hour for one in hours)
    count = int((max(one.hour for one in hours) - first) / HOUR) + 1
    events, exposure = [0.0] * count, [0.0 if unit else 1.0] * count
    for one in hours:
        place = int((one.hour - first) / HOUR)
        events[place] += one.events
        exposure[place] += getattr(one, unit) if unit else 0.0
    return max(1.0, *(_pearson(events, exposure, scale) for scale in SCALES))


def _pearson(events: Sequence[float], exposure: Sequence[float], scale: int) -> float:
    parts = [
        (sum(events[at : at + scale]), sum(exposure[at : at + scale]))
        for at in range(0, len(events), scale)
    ]
    parts = [(count, used) for count, used in parts if used > 0]
    used = sum(part for _, part in parts)
    rate = sum(count for count, _ in parts) / used if used else 0.0
    if len(parts) < FEWEST_PARTS or not rate:
        return 1.0
    total = sum((count - rate * part) ** 2 / (rate * part) for count, part in parts)
    return total / (len(parts) - 1)
