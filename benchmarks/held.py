"""How often 'held' is said of a fix that changed nothing, and how soon it is said of a real one.

    python -m benchmarks.held [--runs 10000] [--seed 1] [--days 14] [--only calls|time]

Failures are made at three rates, in three shapes (each alone; storms of ten minutes; storms of
three hours) and in two cycles of traffic (even; working days with quiet nights and weekends), once
with calls counted and once with nothing but time. Each run: the failing code is live from three to
fourteen days, then a fix is rolled out. 'false': nothing changed, and 'held' was said within 28
days, before it was seen again. 'days': until 'held' is said of a fix that works, at the median,
beside the fixed rule of seven quiet days and how often that rule would be wrong.
"""

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
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
BAD, GOOD = "1.0", "1.1"


def traffic(cycle: str, hour: datetime) -> float:
    """Calls in an hour, about 1,000 at the mean."""
    if cycle == "even":
        return 1000.0
    weekend = 0.25 if hour.weekday() >= 5 else 1.3
    return 1000.0 * weekend * (0.1 if hour.hour < 7 or hour.hour >= 20 else 1.75)


def failures(dice: Random, rate: float, minutes: int, cycle: str, hours: int) -> Iterator[Seen]:
    """Seen hours, release left open, of a failure whose rate follows the traffic."""
    windows: dict[int, set[int]] = {}
    peak = 2500.0
    at = 0.0
    while (at := at + dice.expovariate(rate / 24 * peak / 1000)) < hours:
        if dice.random() > traffic(cycle, START + int(at) * HOUR) / peak:
            continue
        first = int(at * 12)
        for window in range(first, first + 1 + minutes // 5):
            windows.setdefault(window // 12, set()).add(window % 12)
    for hour in sorted(windows):
        if hour < hours:
            held = windows[hour]
            yield Seen(
                hour=START + hour * HOUR,
                release="",
                events=len(held),
                windows=sum(1 << window for window in held),
            )


def a_line(dice: Random, rate: float, minutes: int, cycle: str, unit: ExposureKind | None) -> Line:
    """An issue with a roll-out that changed nothing, as seen 28 days later."""
    before = dice.randrange(3 * 24, 14 * 24)
    hours = before + AFTER * 24
    fixed_at = START + before * HOUR

    def release(hour: datetime) -> str:
        return BAD if hour < fixed_at else GOOD

    made = list(failures(dice, rate, minutes, cycle, hours))
    return Line(
        environment="production",
        service="shop",
        roll_outs=(
            RollOut(id=1, release=BAD, at=START),
            RollOut(id=2, release=GOOD, at=fixed_at),
        ),
        seen=tuple(
            Seen(hour=one.hour, release=release(one.hour), events=one.events, windows=one.windows)
            for one in made
        ),
        fixes=(Fix(key="f", means=Means.NAMED, because="says so"),),
        carries={BAD: frozenset(), GOOD: frozenset({"f"})},
        now=START + hours * HOUR,
        unit=unit,
        use=tuple(
            Use(hour=hour, release=release(hour), count=traffic(cycle, hour))
            for hour in (START + place * HOUR for place in range(hours))
        )
        if unit
        else (),
    )


def mended(line: Line) -> Line:
    """The same, had the fix worked."""
    return Line(
        **{name: getattr(line, name) for name in line.__dataclass_fields__ if name != "seen"},
        seen=tuple(one for one in line.seen if one.release == BAD),
    )


def run(
    dice: Random, rate: float, minutes: int, cycle: str, unit: ExposureKind | None
) -> tuple[bool, float | None, bool] | None:
    """Whether 'held' was false, days to a true one, whether seven quiet days would be false."""
    line = a_line(dice, rate, minutes, cycle, unit)
    fixed_at = line.roll_outs[1].at
    if not any(one.release == BAD for one in line.seen):
        return None
    same = follow(line)[0].attempts[0]
    works = follow(mended(line))[0].attempts[0]
    days = (works.decided_at - fixed_at) / timedelta(days=1) if works.decided_at else None
    after = min((one.hour for one in line.seen if one.release == GOOD), default=None)
    seven = after is None or after - fixed_at >= timedelta(days=7)
    return (
        same.state is AttemptState.HELD,
        days if works.state is AttemptState.HELD else None,
        seven,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=["calls", "time"])
    asked = parser.parse_args()
    print(
        f"{'unit':6} {'rate':14} {'shape':8} {'cycle':5} {'runs':>6}"
        "  false held (95%)      days  never  7-day rule false"
    )
    for unit in (ExposureKind.CALLS, None):
        name = "calls" if unit else "time"
        if asked.only and asked.only != name:
            continue
        for rate, per_day in RATES.items():
            for shape, minutes in SHAPES.items():
                for cycle in CYCLES:
                    dice = Random(f"{asked.seed} {name} {rate} {shape} {cycle}")
                    told = [run(dice, per_day, minutes, cycle, unit) for _ in range(asked.runs)]
                    kept = [one for one in told if one]
                    false = sum(one[0] for one in kept)
                    sure = wilson(false, len(kept))
                    days = [one[1] for one in kept if one[1] is not None]
                    seven = sum(one[2] for one in kept) / len(kept)
                    print(
                        f"{name:6} {rate:14} {shape:8} {cycle:5} {len(kept):6}"
                        f"  {false / len(kept):6.2%} ({sure.low:.2%}-{sure.high:.2%})"
                        f"  {median(days) if days else float('nan'):5.2f}"
                        f"  {1 - len(days) / len(kept):5.1%}  {seven:6.2%}",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
