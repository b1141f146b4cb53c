"""Whether silence after a roll-out says that the fix held, and what is still missing.

The rule is that of ``correlator.statistics.silence``. Failures are divided by how unevenly they
came, so that three retry storms count as three failures at most.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import exp, log

from correlator.cycles.measure import HOUR, Hour, Slot, by_slot, dispersion, failures, slot_of
from correlator.statistics import exposure_needed
from correlator.statistics.silence import CERTAIN_ENOUGH


@dataclass(frozen=True, slots=True)
class Before:
    """How often it failed without the fix. ``slots``: by time of day, where time is the unit;
    ``spread``: how many times more unevenly than by chance, which ``events`` are divided by."""

    events: float
    exposure: float
    slots: Mapping[Slot, tuple[float, float]] | None
    spread: float = 1.0


@dataclass(frozen=True, slots=True)
class Silence:
    """After a roll-out: ``held_at`` if it was long enough; else its chance so far."""

    held_at: datetime | None
    chance: float
    exposure: float
    missing: float


def before_of(hours: Sequence[Hour], *, by_time: bool) -> Before:
    """``hours`` begin with the first event. It is what made anybody look, and says nothing of how
    often there is one: it is not counted."""
    failed = failures(hours)
    spread = dispersion(failed, by_time=by_time)
    events = max(0.0, sum(count for _, count in failed) / spread - 1)
    slots = None
    if by_time:
        share = events / (events + 1) / spread
        slots = {
            slot: (count * share, exposure)
            for slot, (count, exposure) in by_slot(failed).items()
            if exposure > 0
        }
    return Before(events, sum(hour.exposure for hour in hours), slots, spread)


def matched(before: Before, after: Iterable[Hour]) -> float:
    """The exposure of hours after a roll-out, in hours as they were before on the average: where
    time is the unit, a weekend's count as little as failures were rare at weekends."""
    if before.slots is None:
        return sum(hour.exposure for hour in after)
    expected = 0.0
    for hour in after:
        events, exposure = before.slots.get(slot_of(hour.at), (0.0, 1.0))
        expected += events / exposure * hour.exposure
    return expected * before.exposure / before.events if before.events else 0.0


def listen(before: Before, after: Iterable[Hour], now: datetime) -> Silence:
    """The silence of hours after a roll-out, none of which had an event."""
    heard, chance, exposure = _Heard(before), 1.0, 0.0
    for hour in after:
        exposure += hour.exposure
        chance = heard.add(hour)
        if chance <= CERTAIN_ENOUGH:
            return Silence(min(hour.at + HOUR, now), chance, exposure, 0.0)
    return Silence(None, chance, exposure, heard.missing())


class _Heard:
    """The chance of silence as hours are added."""

    def __init__(self, before: Before) -> None:
        self._before = before
        # Without slots all hours are alike: one slot, that of everything before.
        self._slots: dict[Slot, tuple[float, float]] = dict(before.slots or {})
        if before.slots is None and before.exposure > 0:
            self._slots[None] = before.events, before.exposure
        self._after = dict.fromkeys(self._slots, 0.0)
        self._log = 0.0

    def add(self, hour: Hour) -> float:
        """The chance with one more hour. Each slot has a rate of its own (a product over slots);
        the half event of the prior is shared among them."""
        slot = slot_of(hour.at) if self._before.slots is not None else None
        if slot in self._slots:
            events, exposure = self._slots[slot]
            power = events + 0.5 / len(self._slots)
            self._log += power * log(exposure + self._after[slot])
            self._after[slot] += hour.exposure
            self._log -= power * log(exposure + self._after[slot])
        return exp(self._log)

    def missing(self) -> float:
        if self._before.exposure <= 0:
            return 0.0
        needed = exposure_needed(self._before.events, self._before.exposure)
        if self._before.slots is None:
            return max(0.0, needed - self._after[None])
        # Which hours are to come is not known: as if they were like those before.
        return max(0.0, needed * (1 - self._log / log(CERTAIN_ENOUGH)))
