"""How often a deploy that is no worse is called worse, and how soon one that is, is.

    python -m benchmarks.health [--runs 300] [--seed 1]

A version has run for two days; then another goes out, and its health is looked at every minute for
a day (its traffic and failures grow minute by minute). Failures come at two rates, in three shapes
(each alone; bursts of five in a minute; storms of thirty over ten minutes) and in two cycles of
traffic (even; quiet nights), with calls counted, and once with nothing but time. 'false': worse was
said at any look of a version that fails as often as the one before; the interval is Wilson's.
'2x' and '5x': minutes until worse is said of one that fails that much more, at the median, and of
how many it was said within the day. 'fine': minutes until fine is said of one that is the same.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from statistics import median

from correlator.health import fare
from correlator.statistics import wilson
from correlator.types import HourOfRelease, Watched

START = datetime(2026, 3, 2, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
RATES = {"1 in 1,000": 0.001, "1 in 100": 0.01}
# Failures of a burst, and the minutes that they are spread over.
SHAPES = {"alone": (1, 1), "bursts of 5": (5, 1), "storms of 30": (30, 10)}
CYCLES = ("even", "days")
BEFORE, AFTER = 48, 24
CALLS = 100.0
OLD, NEW = "1.0", "1.1"


@dataclass(frozen=True, slots=True)
class Cell:
    """What is made, and whether calls are counted."""

    rate: float
    shape: tuple[int, int]
    cycle: str
    counted: bool


def traffic(cycle: str, minute: int) -> float:
    """Calls in a minute."""
    hour = minute // 60 % 24
    return CALLS if cycle == "even" else CALLS * (0.2 if hour < 7 or hour >= 20 else 1.7)


def failures(dice: Random, cell: Cell, times: float, minutes: range) -> dict[int, int]:
    """Failures by minute."""
    found: dict[int, int] = {}
    size, spread = cell.shape
    for minute in minutes:
        expected = traffic(cell.cycle, minute) * cell.rate * times / size
        for _ in range(_poisson(dice, expected)):
            for _ in range(size):
                at = minute + dice.randrange(spread)
                found[at] = found.get(at, 0) + 1
    return found


def _poisson(dice: Random, mean: float) -> int:
    count, left = 0, dice.expovariate(1.0)
    while left < mean:
        count += 1
        left += dice.expovariate(1.0)
    return count


def hours_of(
    cell: Cell, release: str, failed: dict[int, int], minutes: range
) -> list[HourOfRelease]:
    """As the tables keep it."""
    rows = []
    for hour in range(minutes.start // 60, (minutes.stop - 1) // 60 + 1):
        inside = range(max(hour * 60, minutes.start), min(hour * 60 + 60, minutes.stop))
        rows.append(
            HourOfRelease(
                hour=START + hour * HOUR,
                environment="production",
                release=release,
                events=sum(failed.get(minute, 0) for minute in inside),
                windows=len({minute // 5 for minute in inside if failed.get(minute)}),
                calls=sum(traffic(cell.cycle, minute) for minute in inside) if cell.counted else 0,
            )
        )
    return rows


def looks(minutes: int) -> Iterator[int]:
    """Every minute in the first hour, then every five: the truth changes no faster."""
    yield from range(1, min(60, minutes))
    yield from range(60, minutes + 1, 5)


def told(dice: Random, cell: Cell, times: float) -> tuple[str, int]:
    """The first verdict of a run and the minute it was given in."""
    begin = BEFORE * 60 + dice.randrange(24 * 60)
    old = hours_of(cell, OLD, failures(dice, cell, 1.0, range(begin)), range(begin))
    failed = failures(dice, cell, times, range(begin, begin + AFTER * 60))
    at = START + begin * MINUTE
    for minutes in looks(AFTER * 60):
        now = at + minutes * MINUTE
        watched = Watched(
            environment="production",
            release=NEW,
            at=at,
            until=now,
            counts_from=at.replace(minute=0),
            against=("production", OLD, START),
        )
        new = hours_of(cell, NEW, failed, range(begin, begin + minutes))
        health = fare(watched, [*old, *new], now).health
        if health in ("worse", "fine"):
            return health, minutes
    return "too-early", AFTER * 60


def line(dice: Random, cell: Cell, runs: int) -> str:
    """A cell's figures."""
    same = [told(dice, cell, 1.0) for _ in range(runs)]
    false = sum(health == "worse" for health, _ in same)
    fine = [minutes for health, minutes in same if health == "fine"]
    sure = wilson(false, runs)
    parts = [f"{false / runs:6.1%} ({sure.low:.1%} to {sure.high:.1%})"]
    for times in (2.0, 5.0):
        found = [told(dice, cell, times) for _ in range(max(runs // 5, 10))]
        hits = sorted(minutes for health, minutes in found if health == "worse")
        parts.append(f"{_median(hits)} {len(hits) / len(found):4.0%}")
    return "  ".join([*parts, f"{_median(fine)} {len(fine) / runs:4.0%}"])


def _median(minutes: list[int]) -> str:
    return f"{median(minutes):5.0f} min" if minutes else "     -   "


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--runs", type=int, default=300)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    dice = Random(given.seed)
    print(
        "rate        shape         traffic unit     false                 2x        5x        fine"
    )
    for counted in (True, False):
        for name, rate in RATES.items():
            for shape, made in SHAPES.items():
                for cycle in CYCLES:
                    cell = Cell(rate, made, cycle, counted)
                    unit = "calls" if counted else "minutes"
                    figures = line(dice, cell, given.runs)
                    print(f"{name:11} {shape:13} {cycle:7} {unit:8} {figures}", flush=True)


if __name__ == "__main__":
    main()
