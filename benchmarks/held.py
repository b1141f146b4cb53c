"""How often 'held' is said of a fix that changed nothing, and how soon it is said of a real one.

    python -m benchmarks.held [--runs 10000] [--seed 1] [--only calls|time]

Failures are made at three rates, in three shapes (each alone; storms of ten minutes; storms of
three hours) and in two cycles of traffic (even; working days with quiet nights and weekends), once
with calls counted and once with nothing but time. Each run: the failing code is live from three to
fourteen days, then a fix is rolled out. 'false': nothing changed, and 'held' was said within 28
days, before it was seen again. 'days': until 'held' is said of a fix that works, at the median,
beside the fixed rule of seven quiet days and how often that rule would be wrong.

A fix that changed nothing is taken for one that held if and only if the silence of the same history
without the later failures was long enough before the first of these. So a run is judged once; of
the first runs of each cell it is checked that judging the history itself says the same.
"""

import argparse
import time
from bisect import bisect
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from statistics import median

from correlator.cycles import follow
from correlator.statistics import wilson
from correlator.types import AttemptState, ExposureKind, Fix, Line, Means, RollOut, Seen, Use

START = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
RATES = {"2 a week": 2 / 7, "3 a day": 3.0, "24 a day": 24.0}
# Minutes that a failure goes on for, once it has begun.
SHAPES = {"alone": 0, "10 min": 10, "3 hours": 180}
CYCLES = ("even", "days")
AFTER = 28
LONGEST = (14 + AFTER) * 24
BAD, GOOD = "1.0", "1.1"
FIX = Fix(key="f", means=Means.NAMED, because="says so")
CHECKED = 100


@cache
def traffic(cycle: str) -> tuple[float, ...]:
    """Calls in each hour, about 1,000 at the mean."""
    return tuple(_calls(cycle, START + place * HOUR) for place in range(LONGEST))


def _calls(cycle: str, hour: datetime) -> float:
    if cycle == "even":
        return 1000.0
    weekend = 0.25 if hour.weekday() >= 5 else 1.3
    return 1000.0 * weekend * (0.1 if hour.hour < 7 or hour.hour >= 20 else 1.75)


@cache
def _use(cycle: str, release: str) -> tuple[Use, ...]:
    return tuple(
        Use(hour=START + place * HOUR, release=release, count=count)
        for place, count in enumerate(traffic(cycle))
    )


def windows_of(dice: Random, rate: float, minutes: int, cycle: str, hours: int) -> Iterator[int]:
    """Five-minute windows that have a failure, not in order, each at least once; its rate follows
    the traffic."""
    calls = traffic(cycle)
    peak = 2500.0
    at = 0.0
    while (at := at + dice.expovariate(rate / 24 * peak / 1000)) < hours:
        if dice.random() * peak < calls[int(at)]:
            yield from range(int(at * 12), int(at * 12) + 1 + minutes // 5)


def seen_in(windows: list[int], release: str) -> tuple[Seen, ...]:
    """The hours of these windows."""
    bits: dict[int, int] = {}
    for window in windows:
        bits[window // 12] = bits.get(window // 12, 0) | 1 << window % 12
    return tuple(
        Seen(hour=START + hour * HOUR, release=release, events=held.bit_count(), windows=held)
        for hour, held in sorted(bits.items())
    )


def a_line(
    dice: Random, rate: float, minutes: int, cycle: str, unit: ExposureKind | None
) -> tuple[Line, tuple[Seen, ...]]:
    """An issue as it is 28 days after a fix that mended it, and what would have been seen since
    had the fix changed nothing."""
    before = dice.randrange(3 * 24, 14 * 24)
    hours = before + AFTER * 24
    made = sorted(set(windows_of(dice, rate, minutes, cycle, hours)))
    fixed, end = bisect(made, before * 12 - 1), bisect(made, hours * 12 - 1)
    line = Line(
        environment="production",
        service="shop",
        roll_outs=(
            RollOut(id=1, release=BAD, at=START),
            RollOut(id=2, release=GOOD, at=START + before * HOUR),
        ),
        seen=seen_in(made[:fixed], BAD),
        fixes=(FIX,),
        carries={BAD: frozenset(), GOOD: frozenset({"f"})},
        now=START + hours * HOUR,
        unit=unit,
        use=(*_use(cycle, BAD)[:before], *_use(cycle, GOOD)[before:hours]) if unit else (),
    )
    return line, seen_in(made[fixed:end], GOOD)


def run(line: Line, after: tuple[Seen, ...]) -> tuple[bool, float | None, bool]:
    """Whether 'held' was false, days to a true one, whether seven quiet days would be false."""
    fixed_at = line.roll_outs[1].at
    works = follow(line)[0].attempts[0]
    held_at = works.decided_at if works.state is AttemptState.HELD else None
    first = after[0].hour if after else None
    return (
        held_at is not None and (first is None or held_at <= first),
        (held_at - fixed_at) / timedelta(days=1) if held_at else None,
        first is None or first - fixed_at >= timedelta(days=7),
    )


def check(line: Line, after: tuple[Seen, ...], *, false: bool) -> None:
    """That the history itself, with what was seen since, is judged just so."""
    same = follow(replace(line, seen=(*line.seen, *after)))[0].attempts[0]
    if (same.state is AttemptState.HELD) is not false:
        raise SystemExit(f"A run was judged {same.state} when it should be held: {false}")


def cell(asked: argparse.Namespace, unit: ExposureKind | None, names: tuple[str, str, str]) -> str:
    """One line of the table."""
    rate, shape, cycle = names
    name = "calls" if unit else "time"
    dice = Random(f"{asked.seed} {name} {rate} {shape} {cycle}")
    told: list[tuple[bool, float | None, bool]] = []
    while len(told) < asked.runs:
        line, after = a_line(dice, RATES[rate], SHAPES[shape], cycle, unit)
        # An issue that was never seen is none.
        if line.seen:
            told.append(run(line, after))
            if len(told) <= CHECKED:
                check(line, after, false=told[-1][0])
    false = sum(one[0] for one in told)
    sure = wilson(false, len(told))
    days = sorted(float("inf") if one[1] is None else one[1] for one in told)
    seven = sum(one[2] for one in told) / len(told)
    middle = median(days)
    return (
        f"| {name} | {rate} | {shape} | {cycle} | {len(told)}"
        f" | {false / len(told):.2%} ({sure.low:.2%} to {sure.high:.2%})"
        f" | {f'{middle:.2f}' if middle < AFTER else f'over {AFTER}'}"
        f" | {sum(one[1] is None for one in told) / len(told):.1%} | {seven:.2%} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=["calls", "time"])
    asked = parser.parse_args()
    print(
        "| exposure | rate | shape | traffic | runs | false 'held' (95%) | days to 'held', median"
        " | not within 28 days | 7-day rule false |\n|" + "---|" * 9
    )
    for unit in (ExposureKind.CALLS, None):
        if asked.only and asked.only != ("calls" if unit else "time"):
            continue
        for rate in RATES:
            for shape in SHAPES:
                for cycle in CYCLES:
                    print(cell(asked, unit, (rate, shape, cycle)), flush=True)
    print(f"\n{time.process_time():.0f} s of CPU time")


if __name__ == "__main__":
    main()
