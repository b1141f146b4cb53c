"""Releases that are made minute by minute: traffic, and failures alone, in bursts or in storms."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from correlator.types import HourOfRelease

START = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
# Calls a minute, on average.
CALLS = 100.0
CANARY, CANARY_SCENE = 0.05, "canary of 5%"
OLDER, OLD, NEW = "0.9", "1.0", "1.1"
Counts = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Cell:
    """What is made, whether calls are counted, what went before, and what share of the calls is
    sent."""

    rate: float
    shape: tuple[int, int]
    cycle: str
    counted: bool
    scene: str = "after two days"
    sample: float = 1.0


@dataclass(frozen=True, slots=True)
class Made:
    """A release in minutes from START on: its calls, as far as those that were sent tell, and
    failures."""

    release: str
    since: int
    calls: Counts
    failed: Counts

    def hours(self, counted: bool) -> list[HourOfRelease]:
        """As the tables keep it."""
        ends = self.since + len(self.calls)
        return [self._hour(hour, counted) for hour in range(self.since // 60, (ends - 1) // 60 + 1)]

    def _hour(self, hour: int, counted: bool) -> HourOfRelease:
        inside = slice(max(hour * 60 - self.since, 0), hour * 60 + 60 - self.since)
        failed = self.failed[inside]
        first = max(hour * 60, self.since)
        return HourOfRelease(
            hour=START + hour * HOUR,
            environment="production",
            release=self.release,
            events=int(failed.sum()),
            windows=len({(first + int(at)) // 5 for at in np.flatnonzero(failed)}),
            calls=float(self.calls[inside].sum()) if counted else 0.0,
        )


def make(dice: np.random.Generator, cell: Cell, release: str, span: range, times: float) -> Made:
    """A release that is live for so many minutes and fails so many times as often as usual."""
    hour = np.arange(span.start, span.stop) // 60 % 24
    quiet = (hour < 7) | (hour >= 20)
    calls = np.full(len(span), CALLS)
    calls = calls if cell.cycle == "even" else calls * np.where(quiet, 0.2, 1.7)
    calls = calls * CANARY if cell.scene == CANARY_SCENE and release == NEW else calls
    size, spread = cell.shape
    bursts = dice.poisson(calls * cell.rate * times / size)
    begun = np.repeat(np.repeat(np.arange(len(span)), bursts), size)
    at = begun + dice.integers(0, spread, len(begun))
    failed = np.bincount(at[at < len(span)], minlength=len(span)).astype(float)
    if cell.sample < 1:
        calls = dice.poisson(calls * cell.sample) / cell.sample
    return Made(release, span.start, calls, failed)
