"""How unevenly failures fell on a line before: they come in bursts, and a burst is one failure.

Pearson's dispersion, the largest of several scales, around what was to be expected: of each
release by its own rate, so that a bad version in the past does not make every later one look
unsteady; where time stands for use, of each hour of the day by what is usual then, so that the day
is no burst.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from correlator.types import HourOfRelease

HOUR = timedelta(hours=1)
SCALES = (1, 3, 8)
FEWEST_PARTS = 6
# Hours with a failure from which on it is known whether failures come in bursts.
FEWEST_HOURS = 3
# Five-minute windows with a failure that tell the same where the past is shorter.
FEWEST_WINDOWS = 10
SATURDAY = 5
# Whether it is the weekend, and the hour of the day.
Slot = tuple[bool, int]


def slot_of(at: datetime) -> Slot:
    """Which hours an hour is compared with, where time stands for use."""
    return at.weekday() >= SATURDAY, at.hour


def is_known(hours: Sequence[HourOfRelease]) -> bool:
    """Whether so much failed that it can be told whether failures come in bursts."""
    failed, seen = {one.hour for one in hours if one.events}, [one.hour for one in hours]
    is_long = bool(seen) and (max(seen) - min(seen)) / HOUR >= FEWEST_PARTS - 1
    return (is_long and len(failed) >= FEWEST_HOURS) or _windows(hours) >= FEWEST_WINDOWS


def _windows(hours: Iterable[HourOfRelease]) -> int:
    return sum(one.windows for one in hours)


def spread(hours: Sequence[HourOfRelease], unit: str | None) -> float:
    """How many events come at once, 1 at the least. ``unit``: calls or sessions, None where time
    stands for use. Of a past of a few hours: how many come in five minutes that have any."""
    if not hours:
        return 1.0
    first = min(one.hour for one in hours)
    places = range(int((max(one.hour for one in hours) - first) / HOUR) + 1)
    events = [0.0] * len(places)
    for one in hours:
        events[_place(one, first)] += one.events
    if unit is not None:
        usual, learnt = _by_release(hours, first, unit)
        found = _pearson(events, usual, [learnt] * len(SCALES))
    else:
        usual, learnt = _by_hour(events, [slot_of(first + place * HOUR) for place in places])
        found = _pearson(events, usual, [learnt / scale for scale in SCALES])
        # Of a single day nobody knows what is usual.
        found = found or _pearson(events, [1.0] * len(places), [1.0] * len(SCALES))
    return max([1.0, *(found or [sum(events) / max(_windows(hours), 1)])])


def _place(one: HourOfRelease, first: datetime) -> int:
    return int((one.hour - first) / HOUR)


def _by_release(
    hours: Sequence[HourOfRelease], first: datetime, unit: str
) -> tuple[list[float], float]:
    """What was to be expected in each hour of the releases that were used in it, and how many
    releases that was learnt of."""
    sums: dict[tuple[str, str], list[float]] = {}
    for one in hours:
        of = sums.setdefault((one.environment, one.release), [0.0, 0.0])
        of[0], of[1] = of[0] + one.events, of[1] + getattr(one, unit)
    rates = {key: events / used for key, (events, used) in sums.items() if used > 0}
    expected = [0.0] * (max(_place(one, first) for one in hours) + 1)
    for one in hours:
        rate = rates.get((one.environment, one.release), 0.0)
        expected[_place(one, first)] += rate * getattr(one, unit)
    return expected, float(sum(rate > 0 for rate in rates.values()))


def _by_hour(events: Sequence[float], slots: Sequence[Slot]) -> tuple[list[float], float]:
    """The mean of each hour's slot, and how many slots have any."""
    of_slot: dict[Slot, list[float]] = {}
    for count, slot in zip(events, slots, strict=True):
        of_slot.setdefault(slot, []).append(count)
    means = {slot: sum(counts) / len(counts) for slot, counts in of_slot.items()}
    return [means[slot] for slot in slots], float(sum(mean > 0 for mean in means.values()))


def _pearson(
    events: Sequence[float], exposure: Sequence[float], learnt: Sequence[float]
) -> list[float]:
    """Pearson's dispersion on each scale that has parts enough. ``learnt``: how many numbers the
    expectation was taken from these events with, by scale."""
    found = []
    for scale, known in zip(SCALES, learnt, strict=True):
        parts = [
            (sum(events[at : at + scale]), sum(exposure[at : at + scale]))
            for at in range(0, len(events), scale)
        ]
        parts = [(count, used) for count, used in parts if used > 0]
        used = sum(part for _, part in parts)
        rate = sum(count for count, _ in parts) / used if used else 0.0
        free = len(parts) - max(known, 1.0)
        if free >= FEWEST_PARTS - 1 and rate:
            off = sum((count - rate * part) ** 2 / (rate * part) for count, part in parts)
            found.append(off / free)
    return found
