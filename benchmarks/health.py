"""How often a deploy that is no worse is called worse, and how soon one that is, is.

    python -m benchmarks.health [--runs 1000] [--seed 1] [--only TEXT]

A version has run for two days; then another goes out in the middle of an hour, and its health is
looked at every minute for an hour and every five for a day. Failures come at two rates, in three
shapes (each alone; bursts of five in a minute; storms of thirty over ten minutes), in two cycles
of traffic (100 calls a minute on average: even; quiet nights), with calls counted, and with nothing
but time. Then with other histories: a version before it that lived three hours, a roll-back
to what was live before those three hours, a canary that gets 5% of the calls, and calls of which
one in a hundred, or in a thousand, is sent.

'false': worse was said at any look of a version that fails as often as the one before; the interval
is Wilson's. '2x' and '5x': minutes until worse is said of one that fails that much more, at the
median of those of whom it was said within the day, and how many these are. 'fine': the same of
fine, of one that fails as often as the one before. '2x fine': of how many that fail twice as often
fine was said.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import groupby
from math import floor, log
from statistics import median

import numpy as np

from benchmarks.made_releases import (
    CANARY,
    CANARY_SCENE,
    HOUR,
    NEW,
    OLD,
    OLDER,
    START,
    Cell,
    Counts,
    Made,
    make,
)
from correlator.health import compare, decide
from correlator.health.judging import UNITS
from correlator.statistics import Health, wilson
from correlator.statistics.sequential import GROWTH
from correlator.types import Compared, Watched

MINUTE = timedelta(minutes=1)
DAY = 24 * 60
RATES = {"1 in 1,000": 0.001, "1 in 100": 0.01}
SELDOM = 0.0001
# Failures of a burst, and the minutes that they are spread over.
SHAPES = {"alone": (1, 1), "bursts of 5": (5, 1), "storms of 30": (30, 10)}
CYCLES = ("even", "days")
BEFORE, AFTER = 2 * DAY, DAY
SHORT = 3 * 60


def story(dice: np.random.Generator, cell: Cell, times: float) -> tuple[int, list[Made], Made]:
    """The minute of the deploy, all that ran before it, and what it does from then on."""
    begin = BEFORE + int(dice.integers(DAY))
    after = range(begin, begin + AFTER)
    if cell.scene in ("after two days", CANARY_SCENE):
        lived = range(after.stop if cell.scene == CANARY_SCENE else begin)
        return begin, [make(dice, cell, OLD, lived, 1)], make(dice, cell, NEW, after, times)
    short = begin - SHORT
    first = NEW if cell.scene == "a roll-back" else OLDER
    before = [
        make(dice, cell, first, range(short), 1),
        make(dice, cell, OLD, range(short, begin), 1),
    ]
    return begin, before, make(dice, cell, NEW, after, times)


def told(dice: np.random.Generator, cell: Cell, times: float) -> tuple[Health, int]:
    """The first verdict of a run and the minute it was given in.

    As long as the version before looks the same and no new epoch begins, fine is told at the first
    look or not at all, and worse at the last if at any: the new count only grows. So one look at
    each end of such a stretch is enough, until one says something.
    """
    run = Run(cell, *story(dice, cell, times))
    for _, looks_alike in groupby(looks(AFTER), key=run.stretch):
        stretch = list(looks_alike)
        first = decide(run.seen(stretch[0]))
        if first is not Health.TOO_EARLY:
            return first, stretch[0]
        if decide(run.seen(stretch[-1])) is Health.WORSE:
            return Health.WORSE, next(
                one for one in stretch if decide(run.seen(one)) is Health.WORSE
            )
    return Health.TOO_EARLY, AFTER


class Run:
    """What is seen of a deploy at each look."""

    def __init__(self, cell: Cell, begin: int, before: list[Made], new: Made) -> None:
        self.cell, self.begin = cell, begin
        self.at = START + begin * MINUTE
        self.from_when = self.at.replace(minute=0)
        if cell.scene == "a roll-back":
            replaced = (self.at - SHORT * MINUTE).replace(minute=0)
            self.from_when = max(self.from_when, replaced + HOUR)
        self.skipped = max(int((self.from_when - self.at) / MINUTE), 0)
        self.events, self.windows, self.calls = _so_far(new, self.skipped)
        # Its own hours only say whether calls are counted: it is put in by the minute.
        own = [replace(one, events=0) for one in new.hours(cell.counted)[:1]]
        self.hours = [*(hour for made in before for hour in made.hours(cell.counted)), *own]
        self.sides: dict[int, Compared] = {}

    def stretch(self, minutes: int) -> tuple[int, int]:
        """The hour and the epoch of a look."""
        used = self.calls[minutes - 1] if self.cell.counted else max(minutes - self.skipped, 0)
        units = used / UNITS["calls" if self.cell.counted else "minutes"]
        return (self.begin + minutes) // 60, floor(log(units, GROWTH) + 1e-9) if units >= 1 else -1

    def seen(self, minutes: int) -> Compared:
        """Both sides. Where calls are counted the one before is always the same, and what runs
        beside a canary is counted by the hour."""
        key = minutes
        if self.cell.counted:
            key = (self.begin + minutes) // 60 if self.cell.scene == CANARY_SCENE else 0
        if key not in self.sides:
            self.sides[key] = compare(self._watched(minutes), self.hours)
        side = self.sides[key]
        used = self.calls[minutes - 1] if self.cell.counted else side.new_exposure
        return replace(
            side,
            new_events=int(self.events[minutes - 1]),
            windows=int(self.windows[minutes - 1]),
            new_exposure=float(used),
        )

    def _watched(self, minutes: int) -> Watched:
        lived = BEFORE if "days" in self.cell.scene or "canary" in self.cell.scene else SHORT
        return Watched(
            environment="production",
            release=NEW,
            at=self.at,
            until=self.at + minutes * MINUTE,
            counts_from=self.from_when,
            timed_from=self.from_when,
            against=("production", OLD, self.at - lived * MINUTE),
            share=CANARY if self.cell.scene == CANARY_SCENE else None,
        )


def _so_far(new: Made, skipped: int) -> tuple[Counts, Counts, Counts]:
    """Failures, five-minute windows with one, and calls, from the minute that counts on."""
    counts = np.arange(len(new.failed)) >= skipped
    failed = new.failed * counts
    window = (new.since + np.arange(len(failed))) // 5
    first = np.zeros(len(failed))
    hit = np.flatnonzero(failed)
    _, places = np.unique(window[hit], return_index=True)
    first[hit[places]] = 1
    return failed.cumsum(), first.cumsum(), (new.calls * counts).cumsum()


def looks(minutes: int) -> Iterator[int]:
    """Every minute in the first hour, then every five: the truth changes no faster."""
    yield from range(1, min(60, minutes))
    yield from range(60, minutes + 1, 5)


def line(dice: np.random.Generator, cell: Cell, runs: int) -> str:
    """A cell's figures."""
    same = [told(dice, cell, 1.0) for _ in range(runs)]
    false = sum(health is Health.WORSE for health, _ in same)
    sure = wilson(false, runs)
    parts = [f"{false / runs:6.1%} ({sure.low:.1%} to {sure.high:.1%})".ljust(24)]
    twice = [told(dice, cell, 2.0) for _ in range(max(runs // 5, 10))]
    five = [told(dice, cell, 5.0) for _ in range(max(runs // 5, 10))]
    parts += [_when(twice, Health.WORSE), _when(five, Health.WORSE), _when(same, Health.FINE)]
    wrong = sum(health is Health.FINE for health, _ in twice)
    return "  ".join([*parts, f"{wrong / len(twice):5.1%}"])


def _when(found: list[tuple[Health, int]], health: Health) -> str:
    minutes = sorted(minutes for said, minutes in found if said is health)
    middle = f"{median(minutes):5.0f} min" if minutes else "     -   "
    return f"{middle} {len(minutes) / len(found):4.0%}"


def cells() -> Iterator[tuple[str, Cell]]:
    """All of them, with their names."""
    for counted in (True, False):
        unit = "calls" if counted else "minutes"
        for name, rate in RATES.items():
            for shape, made in SHAPES.items():
                for cycle in CYCLES:
                    called = f"{'after two days':14}  {name:11}  {shape:12}  {cycle:7}  {unit:7}"
                    yield called, Cell(rate, made, cycle, counted)
        for shape in ("alone", "storms of 30"):
            called = f"{'after two days':14}  {'1 in 10,000':11}  {shape:12}  {'days':7}  {unit:7}"
            yield called, Cell(SELDOM, SHAPES[shape], "days", counted)
    for scene in ("after 3 hours", "a roll-back", CANARY_SCENE):
        for counted in (True, False):
            unit = "calls" if counted else "minutes"
            for shape in ("alone", "bursts of 5"):
                called = f"{scene:14}  {'1 in 100':11}  {shape:12}  {'days':7}  {unit:7}"
                yield called, Cell(0.01, SHAPES[shape], "days", counted, scene)
    yield from _sampled()


def _sampled() -> Iterator[tuple[str, Cell]]:
    """Those of whose calls a sample is sent."""
    for scene, sample in (
        ("after two days", 0.01),
        ("after two days", 0.001),
        (CANARY_SCENE, 0.01),
    ):
        for name, rate in (*RATES.items(), ("1 in 10", 0.1)):
            unit = f"{sample:.1%}"
            called = f"{scene:14}  {name:11}  {'alone':12}  {'days':7}  {unit:7}"
            yield called, Cell(rate, SHAPES["alone"], "days", True, scene, sample)


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--runs", type=int, default=1000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--only", default="", help="histories whose line has this in it")
    given = asked.parse_args()
    head = "history         failures     shape         traffic  unit     false"
    print(head.ljust(84) + "2x              5x              fine            2x fine")
    for number, (name, cell) in enumerate(cells()):
        if given.only not in name:
            continue
        dice = np.random.default_rng([given.seed, number])
        print(f"{name}  {line(dice, cell, given.runs)}", flush=True)


if __name__ == "__main__":
    main()
