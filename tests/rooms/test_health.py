"""How a deploy is judged from what is counted of its line: what is compared, and what is said."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from correlator.health import compare, decide, fare, judge
from correlator.statistics import Health
from correlator.types import Compared, HourOfRelease, Watched

HOUR = timedelta(hours=1)
# A Wednesday, at twenty past nine.
AT = datetime(2026, 3, 11, 9, 20, tzinfo=UTC)
START = datetime(2026, 3, 9, tzinfo=UTC)


def an_hour(at: datetime, release: str, events: int, calls: float = 0) -> HourOfRelease:
    return HourOfRelease(
        hour=at.replace(minute=0),
        environment="production",
        release=release,
        events=events,
        windows=min(events, 12),
        calls=calls,
    )


def watched(minutes: float, **given: object) -> Watched:
    """v2, which took v1's place at twenty past nine, after so many minutes."""
    made = Watched(
        environment="production",
        release="v2",
        at=AT,
        until=AT + timedelta(minutes=minutes),
        counts_from=AT.replace(minute=0),
        timed_from=AT.replace(minute=0),
        against=("production", "v1", START),
    )
    return replace(made, **given)


def before(
    failures: Callable[[int], int], *, calls: float = 0, release: str = "v1"
) -> list[HourOfRelease]:
    """Two days and nine hours; failures by the hour of the day."""
    hours = [START + number * HOUR for number in range(57)]
    return [an_hour(at, release, failures(at.hour), calls) for at in hours]


def day_and_night(hour: int) -> int:
    return 3 if hour < 9 or hour >= 20 else 30


def test_a_day_is_compared_with_days_where_time_stands_for_use() -> None:
    new = [an_hour(AT, "v2", 20), an_hour(AT + HOUR, "v2", 30)]
    sides = compare(watched(100), [*before(day_and_night), *new])
    assert (sides.new_exposure, sides.new_events) == (100, 50)
    assert sides.old_events / sides.old_exposure == pytest.approx(0.5)


def test_that_more_fails_by_day_than_by_night_is_no_burst() -> None:
    assert compare(watched(30), before(day_and_night)).spread == 1.0


def test_a_bad_version_in_the_past_is_no_burst_either() -> None:
    bad = [an_hour(START - number * HOUR, "v0", 300, 1_000) for number in range(1, 9)]
    hours = [*bad, *before(lambda hour: 9 + hour % 3, calls=1_000)]
    assert compare(watched(30), hours).spread == 1.0


def test_where_the_one_before_never_saw_such_an_hour_the_line_is_looked_at() -> None:
    older = [
        replace(one, release="v0") for one in before(day_and_night) if one.hour < AT - 6 * HOUR
    ]
    old = [one for one in before(day_and_night) if one.hour >= AT - 6 * HOUR]
    lived = watched(30, against=("production", "v1", AT - 6 * HOUR))
    sides = compare(lived, [*older, *old, an_hour(AT, "v2", 15)])
    assert sides.old_events / sides.old_exposure == pytest.approx(0.5)
    assert decide(sides) is not Health.WORSE


def test_hours_that_nothing_has_lived_through_tell_nothing() -> None:
    young = [an_hour(AT - HOUR, "v1", 3)]
    lived = watched(30, against=("production", "v1", AT - 2 * HOUR))
    fared = fare(lived, [*young, an_hour(AT, "v2", 30)], lived.until)
    assert fared.health == "too-early"
    assert "at these hours of the day" in fared.because


def test_by_time_alone_a_part_is_never_fine_but_may_be_worse() -> None:
    def part(events: int) -> str:
        subject = watched(100, share=0.05)
        return fare(subject, [*before(lambda _: 30), an_hour(AT, "v2", events)], AT + HOUR).health

    assert part(0) == "too-early"
    assert part(40) == "worse"


def test_what_still_sends_after_it_was_replaced_is_not_counted() -> None:
    late = an_hour(AT + 3 * HOUR, "v2", 500)
    sides = compare(watched(30), [*before(lambda _: 3), an_hour(AT, "v2", 1), late])
    assert sides.new_events == 1


def test_a_storm_where_hardly_anything_failed_before_is_not_worse_at_once() -> None:
    storm = replace(an_hour(AT, "v2", 30), windows=3)
    assert fare(watched(35), [*before(lambda _: 0), storm], AT + HOUR).health == "too-early"


def test_what_goes_on_failing_where_nothing_failed_before_is_worse() -> None:
    hours = [replace(an_hour(AT + number * HOUR, "v2", 60), windows=8) for number in range(2)]
    assert fare(watched(60), [*before(lambda _: 0), *hours], AT + HOUR).health == "worse"


def a_canary(stable_now: int) -> tuple[str, str]:
    """A canary that fails eight times as often as the stable version did, which now fails so."""
    calm = before(lambda _: 10, calls=10_000)
    beside = an_hour(AT, "v1", stable_now, 10_000)
    hours = [*(one for one in calm if one.hour < beside.hour), beside, an_hour(AT, "v2", 16, 2_000)]
    subject = watched(35, share=0.2)
    fared = fare(subject, hours, subject.until)
    return fared.health, fared.because


def test_a_canary_is_worse_only_if_what_runs_beside_it_is_not() -> None:
    assert a_canary(stable_now=10)[0] == "worse"
    health, because = a_canary(stable_now=80)
    assert health == "too-early"
    assert "what is wrong is in neither" in because


def some(**given: float) -> Compared:
    made = Compared(
        unit="calls", new_events=0, new_exposure=20_000, windows=0, old_events=0,
        old_exposure=1_000_000,
    )  # fmt: skip
    return replace(made, **given)


def test_one_failure_before_keeps_nobody_from_being_fine() -> None:
    assert judge(some(), 60).health == "fine"
    said = judge(some(old_events=1), 60)
    assert said.health == "fine"
    assert "Hardly anything failed in the one before it" in said.because


def test_where_failures_come_in_bursts_a_short_silence_is_not_fine() -> None:
    assert judge(some(spread_before=30.0), 60).health == "too-early"
    assert judge(some(spread_before=30.0, new_exposure=1_000_000), 60).health == "fine"


def test_what_is_missing_is_a_number_that_may_be_reached() -> None:
    said = judge(some(old_events=9, new_exposure=200), 2)
    assert said.health == "too-early"
    assert said.missing is not None
    assert said.missing < 1_000_000
    seldom = judge(some(old_events=9, new_exposure=200, spread_before=8.0), 2)
    assert seldom.missing is None or seldom.missing < 1_000_000


def test_the_bounds_agree_with_what_is_said() -> None:
    for new in range(0, 60, 3):
        said = judge(some(old_events=300, old_exposure=100_000, new_events=new, windows=new,
                          new_exposure=5_000, spread_before=1.7), 60)  # fmt: skip
        assert (said.low or 0) > 1 if said.health == "worse" else (said.low or 0) <= 1
        assert (said.high is not None and said.high < 2) == (said.health == "fine")
