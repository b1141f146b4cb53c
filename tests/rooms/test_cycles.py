"""What becomes of a fix: told by what releases carry and by how much they were used."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from correlator.cycles import Counted, follow, ready
from correlator.cycles.measure import Hour, dispersion
from correlator.statistics import rate_ratio
from correlator.types import (
    AttemptState,
    Episode,
    ExposureKind,
    Fix,
    FixAttempt,
    Line,
    Means,
    RollOut,
    Seen,
    Use,
)

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
ONE = Fix(key="1" * 40, means=Means.NAMED, because="Fixes SHOP-1")
TWO = Fix(key="2" * 40, means=Means.NAMED, because="Fixes SHOP-1")
BACK = Fix(key="without:" + "c" * 40, means=Means.ROLL_BACK, because="it lacks the culprit")


def at(hours: float) -> datetime:
    return MONDAY + hours * HOUR


def seen(release: str, *hours: float) -> tuple[Seen, ...]:
    """An event in each of these hours, alone in its five minutes."""
    return tuple(Seen(hour=at(hour), release=release, events=1, windows=1) for hour in hours)


def rolled(*releases: tuple[str, float]) -> tuple[RollOut, ...]:
    return tuple(
        RollOut(id=place, release=name, at=at(hours))
        for place, (name, hours) in enumerate(releases, 1)
    )


def a_line(*, now: float, calls: float | None = 100.0, **more: object) -> Line:
    """Release 1.0 fails every second hour; 1.1, out after 48 hours, carries a fix."""
    line = Line(
        environment="production",
        service="shop",
        roll_outs=rolled(("1.0", 0), ("1.1", 48)),
        seen=seen("1.0", *range(0, 48, 2)),
        fixes=(ONE,),
        carries={"1.0": frozenset(), "1.1": frozenset({ONE.key})},
        now=at(now),
    )
    line = replace(line, **more)
    return line if calls is None else used(line, calls)


def used(line: Line, calls: float) -> Line:
    """The line, each release called so often in each hour that it was live."""
    ordered = line.roll_outs
    ends = [one.at for one in ordered[1:]] + [line.now]
    use = [
        Use(hour=one.at + hour * HOUR, release=one.release, count=calls)
        for one, end in zip(ordered, ends, strict=True)
        for hour in range(int((end - one.at) / HOUR))
    ]
    return replace(line, unit=ExposureKind.CALLS, use=tuple(use))


def only(episodes: tuple[Episode, ...]) -> Episode:
    (episode,) = episodes
    return episode


def attempt(line: Line) -> FixAttempt:
    (told,) = only(follow(line)).attempts
    return told


def test_a_fix_holds_once_such_silence_would_be_too_lucky() -> None:
    told = attempt(a_line(now=72))
    assert told.state is AttemptState.HELD
    # 23 failures in 4,800 calls: 655 more without one are needed, which is within the 7th hour.
    assert told.decided_at == at(55)
    assert told.chance == pytest.approx((4800 / 5500) ** 23.5)


def test_until_then_it_says_what_is_missing() -> None:
    told = attempt(a_line(now=50))
    assert told.state is AttemptState.TOO_EARLY
    assert told.missing == pytest.approx(655.3 - 200, abs=3)
    assert told.missing_hours == pytest.approx(4.5, abs=0.1)


def test_a_fix_that_fails_again_came_back_and_the_next_one_is_a_second_cycle() -> None:
    line = a_line(
        now=96,
        calls=None,
        roll_outs=rolled(("1.0", 0), ("1.1", 48), ("1.2", 60)),
        seen=seen("1.0", *range(0, 48, 2)) + seen("1.1", 49, 51, 52, 55, 58),
        fixes=(ONE, TWO),
        carries={
            "1.0": frozenset(),
            "1.1": frozenset({ONE.key}),
            "1.2": frozenset({ONE.key, TWO.key}),
        },
    )
    episode = only(follow(used(line, 100)))
    states = [one.state for one in episode.attempts]
    assert states == [AttemptState.CAME_BACK, AttemptState.HELD]
    assert (episode.cycles, episode.closed_at) == (2, episode.attempts[1].decided_at)


def test_an_event_of_an_old_release_speaks_against_no_fix() -> None:
    late = a_line(now=72, seen=seen("1.0", *range(0, 48, 2), 49, 50, 60))
    assert attempt(late).state is AttemptState.HELD


def test_an_event_of_the_fixed_release_counts_even_if_its_clock_is_an_hour_slow() -> None:
    early = a_line(now=50, seen=seen("1.0", *range(0, 48, 2)) + seen("1.1", 47))
    assert attempt(early).state is AttemptState.CAME_BACK


def test_an_event_whose_release_nobody_knows_speaks_neither_for_nor_against() -> None:
    unknown = a_line(now=72, seen=seen("1.0", *range(0, 48, 2)) + seen("?", 50, 51))
    assert attempt(unknown).state is AttemptState.HELD


def test_a_rate_that_fell_but_not_to_nothing_is_reduced_with_its_interval() -> None:
    line = a_line(now=400, seen=seen("1.0", *range(0, 48, 2)) + seen("1.1", 49, 200))
    told = attempt(line)
    assert told.state is AttemptState.REDUCED
    assert told.ratio is not None
    ratio, low, high = told.ratio
    assert ratio == pytest.approx(2 / 35_200 * 4_800 / 23)
    assert low < ratio < high < 1
    assert "it failed again, last on 10 Mar between 08:00 and 09:00" in told.because


def test_code_that_nobody_used_is_unexercised_and_not_held() -> None:
    line = a_line(now=200)
    unused = replace(line, use=tuple(one for one in line.use if one.release == "1.0"))
    assert attempt(unused).state is AttemptState.UNEXERCISED


def test_a_fix_overtaken_by_the_next_is_superseded_and_counts_as_a_cycle() -> None:
    line = a_line(
        now=96,
        calls=None,
        roll_outs=rolled(("1.0", 0), ("1.1", 48), ("1.2", 49)),
        fixes=(ONE, TWO),
        carries={
            "1.0": frozenset(),
            "1.1": frozenset({ONE.key}),
            "1.2": frozenset({ONE.key, TWO.key}),
        },
    )
    episode = only(follow(used(line, 100)))
    states = [one.state for one in episode.attempts]
    assert states == [AttemptState.SUPERSEDED, AttemptState.HELD]


def test_going_back_is_an_attempt_of_its_own() -> None:
    line = a_line(
        now=96,
        calls=None,
        roll_outs=rolled(("0.9", -24), ("1.0", 0), ("0.9", 48)),
        fixes=(BACK,),
        carries={"0.9": frozenset({BACK.key}), "1.0": frozenset()},
    )
    episode = only(follow(used(line, 100)))
    assert (episode.cycles, episode.roll_backs) == (1, 1)
    assert episode.attempts[0].state is AttemptState.HELD


def test_what_the_old_release_did_before_the_culprit_speaks_for_no_roll_back() -> None:
    line = a_line(
        now=50,
        calls=None,
        roll_outs=rolled(("0.9", -100), ("1.0", 0), ("0.9", 48)),
        fixes=(BACK,),
        carries={"0.9": frozenset({BACK.key}), "1.0": frozenset()},
    )
    assert attempt(used(line, 100)).state is AttemptState.TOO_EARLY
    assert attempt(line).state is AttemptState.TOO_EARLY


def test_going_back_closes_nothing_once_the_culprit_is_out_again() -> None:
    line = a_line(
        now=200,
        calls=None,
        roll_outs=rolled(("0.9", -24), ("1.0", 0), ("0.9", 48), ("1.0", 100)),
        seen=seen("1.0", *range(0, 48, 2), *range(100, 200, 2)),
        fixes=(BACK,),
        carries={"0.9": frozenset({BACK.key}), "1.0": frozenset()},
    )
    episode = only(follow(used(line, 100)))
    assert [one.state for one in episode.attempts] == [AttemptState.HELD]
    assert episode.closed_at is None


def test_the_quiet_after_going_back_says_nothing_of_how_often_the_culprit_fails() -> None:
    line = a_line(
        now=110,
        calls=None,
        roll_outs=rolled(("0.9", -24), ("1.0", 0), ("0.9", 48), ("1.1", 100)),
        fixes=(BACK, ONE),
        carries={
            "0.9": frozenset({BACK.key}),
            "1.0": frozenset(),
            "1.1": frozenset({ONE.key}),
        },
    )
    attempts = only(follow(used(line, 100))).attempts
    assert [one.state for one in attempts] == [AttemptState.HELD, AttemptState.HELD]
    assert attempts[1].before == attempts[0].before


def test_a_fix_that_was_taken_back_and_tried_again_holds_as_a_second_attempt() -> None:
    line = a_line(
        now=96,
        calls=None,
        roll_outs=rolled(("1.0", 0), ("1.1", 48), ("1.2", 49), ("1.3", 52)),
        carries={
            "1.0": frozenset(),
            "1.1": frozenset({ONE.key}),
            "1.2": frozenset(),
            "1.3": frozenset({ONE.key}),
        },
    )
    episode = only(follow(used(line, 100)))
    states = [one.state for one in episode.attempts]
    assert states == [AttemptState.SUPERSEDED, AttemptState.HELD]
    assert episode.closed_at == at(59)


def test_what_failed_after_a_roll_out_says_nothing_of_how_often_it_failed_before() -> None:
    """An old branch that is rolled out beside the fix fails a hundred times as often."""
    often = tuple(
        Seen(hour=at(hour), release="1.0", events=9, windows=0b101010101010)
        for hour in range(49, 60)
    )
    alone = attempt(a_line(now=50))
    beside = attempt(a_line(now=50, seen=seen("1.0", *range(0, 48, 2)) + often))
    assert beside.before == alone.before
    assert beside.missing == alone.missing


def test_after_a_reduced_rate_the_next_attempt_is_measured_against_what_was_left() -> None:
    """Once a day is left of once in two hours: a quiet day after that says little."""
    line = a_line(
        now=340,
        calls=None,
        roll_outs=rolled(("1.0", 0), ("1.1", 48), ("1.2", 300)),
        seen=seen("1.0", *range(0, 48, 2)) + seen("1.1", *range(50, 300, 24)),
        fixes=(ONE, TWO),
        carries={
            "1.0": frozenset(),
            "1.1": frozenset({ONE.key}),
            "1.2": frozenset({ONE.key, TWO.key}),
        },
    )
    states = [one.state for one in only(follow(used(line, 100))).attempts]
    assert states == [AttemptState.REDUCED, AttemptState.TOO_EARLY]


def test_a_fix_that_is_taken_back_early_is_superseded() -> None:
    line = a_line(now=60, calls=None, roll_outs=rolled(("1.0", 0), ("1.1", 48), ("1.0", 49)))
    assert attempt(used(line, 100)).state is AttemptState.SUPERSEDED


def test_the_same_artefact_again_is_no_second_attempt() -> None:
    line = a_line(now=72, calls=None, roll_outs=rolled(("1.0", 0), ("1.1", 48), ("1.1", 49)))
    assert attempt(used(line, 100)).state is AttemptState.HELD


def test_a_fix_that_never_went_out_is_told_apart() -> None:
    episode = only(follow(a_line(now=60, roll_outs=rolled(("1.0", 0)))))
    assert episode.attempts == ()
    assert episode.never_deployed == (ONE,)


def test_a_fix_that_held_and_fails_later_opens_a_regression_that_counts_from_one() -> None:
    line = a_line(
        now=300,
        calls=None,
        roll_outs=rolled(("1.0", 0), ("1.1", 48), ("1.2", 200)),
        seen=seen("1.0", *range(0, 48, 2)) + seen("1.1", *range(150, 200, 2)),
        fixes=(ONE, TWO),
        carries={
            "1.0": frozenset(),
            "1.1": frozenset({ONE.key}),
            "1.2": frozenset({ONE.key, TWO.key}),
        },
    )
    first, second = follow(used(line, 100))
    assert (first.regression, first.cycles) == (False, 1)
    assert (second.regression, second.began, second.cycles) == (True, at(150), 1)
    assert second.attempts[0].fixes == (TWO,)
    assert second.closed_at is not None


def given_up(**more: object) -> Line:
    """1.1 holds; 1.2, out a week later, contains its fix and the revert of it."""
    told: dict[str, object] = {
        "roll_outs": rolled(("1.0", 0), ("1.1", 48), ("1.2", 200)),
        "seen": seen("1.0", *range(0, 48, 2)) + seen("1.2", *range(201, 240, 2)),
        "carries": {
            "1.0": frozenset(),
            "1.1": frozenset({ONE.key}),
            "1.2": frozenset(),
            "1.3": frozenset({ONE.key}),
        },
        "undone": {"1.2": frozenset({ONE.key})},
        **more,
    }
    return a_line(now=400, calls=None, **told)


def test_a_fix_that_held_and_is_reverted_opens_a_regression_with_the_first_failure() -> None:
    first, second = follow(used(given_up(), 100))
    assert first.closed_at is not None
    assert (second.regression, second.began, second.cycles) == (True, at(201), 0)


def test_the_fix_brought_back_mends_the_regression() -> None:
    rolled_again = rolled(("1.0", 0), ("1.1", 48), ("1.2", 200), ("1.3", 240))
    _, second = follow(used(given_up(roll_outs=rolled_again), 100))
    assert [one.state for one in second.attempts] == [AttemptState.HELD]


@pytest.mark.parametrize("stray", ["1.0", "old-customer"])
def test_no_stray_and_no_old_branch_reopens_what_held(stray: str) -> None:
    line = given_up(
        roll_outs=rolled(("1.0", 0), ("1.1", 48)),
        seen=seen("1.0", *range(0, 48, 2)) + seen(stray, *range(201, 240, 2)),
        undone={"1.2": frozenset({ONE.key})},
    )
    assert [one.regression for one in follow(used(line, 100))] == [False]


def test_what_had_the_fix_undone_before_it_held_does_not_reopen_it_later() -> None:
    line = given_up(
        roll_outs=rolled(("1.0", 0), ("1.1", 48), ("1.2", 49), ("1.3", 52)),
        seen=seen("1.0", *range(0, 48, 2)) + seen("1.2", 300),
    )
    assert [one.regression for one in follow(used(line, 100))] == [False]


def test_an_open_issue_has_the_cycles_so_far_and_no_end() -> None:
    line = a_line(now=60, seen=seen("1.0", *range(0, 48, 2)) + seen("1.1", 49))
    episode = only(follow(line))
    assert (episode.cycles, episode.closed_at) == (1, None)


def test_a_burst_counts_once() -> None:
    """Two storms of an hour are two failures: the second alone says how often they come."""
    storms = tuple(
        Seen(hour=at(hour), release="1.0", events=500, windows=0b111111111111) for hour in (0, 24)
    )
    told = attempt(a_line(now=60, seen=storms))
    assert told.state is AttemptState.TOO_EARLY
    assert told.before[0] <= 1


def test_without_calls_a_quiet_night_says_nothing_of_a_failure_by_day() -> None:
    """It failed from nine to five, and the fix went out at six in the evening."""
    by_day = tuple(
        Seen(hour=at(day * 24 + hour), release="1.0", events=3, windows=0b10010010)
        for day in range(3)
        for hour in range(9, 17)
    )
    line = a_line(
        now=3 * 24 + 8,
        calls=None,
        seen=by_day,
        roll_outs=rolled(("1.0", 0), ("1.1", 2 * 24 + 18)),
    )
    assert attempt(line).state is AttemptState.TOO_EARLY
    assert attempt(replace(line, now=at(3 * 24 + 11))).state is AttemptState.HELD


@pytest.mark.parametrize("by_time", [True, False])
def test_hours_that_nothing_was_used_in_say_nothing_of_how_evenly_failures_fall(
    by_time: bool,
) -> None:
    assert dispersion([(Hour(at(0), 0.0, 1, 1), 1)], by_time=by_time) == 1.0


@pytest.mark.parametrize("kind", [ExposureKind.CALLS, ExposureKind.SESSIONS])
def test_where_no_release_is_told_use_is_that_of_what_was_live_as_events_are(
    kind: ExposureKind,
) -> None:
    line = a_line(now=72, calls=None, seen=seen("", *range(0, 48, 2)))
    use = tuple(Use(hour=at(hour), release="", count=100.0) for hour in range(72))
    by_calls = Counted(calls=use, until=at(71))
    counted = by_calls if kind is ExposureKind.CALLS else Counted(sessions=use)
    told = attempt(ready(line, counted))
    assert (told.state, told.decided_at) == (AttemptState.HELD, at(55))
    assert told.before == attempt(a_line(now=72)).before


def test_use_that_is_counted_no_more_after_a_later_attempt_does_not_make_it_unexercised() -> None:
    """Tracing was turned off between two attempts: time is counted then."""
    line = a_line(
        now=200,
        calls=None,
        roll_outs=rolled(("1.0", 0), ("1.1", 48), ("1.2", 60)),
        seen=seen("1.0", *range(0, 48, 2)) + seen("1.1", 49, 51, 52, 55, 58),
        fixes=(ONE, TWO),
        carries={
            "1.0": frozenset(),
            "1.1": frozenset({ONE.key}),
            "1.2": frozenset({ONE.key, TWO.key}),
        },
    )
    calls = used(replace(line, now=at(58)), 100).use
    told = ready(line, Counted(calls=calls, until=at(57), heard=at(100)))
    assert told.unit is None
    states = [one.state for one in only(follow(told)).attempts]
    assert states == [AttemptState.CAME_BACK, AttemptState.HELD]
    # Right after its roll-out nothing has been told yet, and that is no reason to count time.
    young = ready(replace(line, now=at(61)), Counted(calls=calls, until=at(59)))
    assert young.unit is ExposureKind.CALLS


def with_a_stranger(now: float, *after: tuple[str, float]) -> Line:
    """Two hours after the fix a release goes out of which nobody knows the revision."""
    return used(
        a_line(
            now=now,
            calls=None,
            roll_outs=rolled(("1.0", 0), ("1.1", 48), ("?", 50), *after),
            carries={"1.0": frozenset(), "1.1": frozenset({ONE.key}), "1.2": frozenset({ONE.key})},
        ),
        100,
    )


def test_a_release_that_nobody_knows_takes_no_fix_back() -> None:
    told = attempt(with_a_stranger(60))
    assert told.state is AttemptState.TOO_EARLY
    assert told.missing_hours is None, "how fast use comes from here on cannot be told"


def test_what_follows_a_release_that_nobody_knows_is_no_second_attempt() -> None:
    episode = only(follow(with_a_stranger(80, ("1.2", 52))))
    assert [one.state for one in episode.attempts] == [AttemptState.HELD]


def test_after_a_first_release_that_nobody_knows_a_fix_is_an_attempt_and_going_back_is_none() -> (
    None
):
    line = a_line(
        now=60,
        roll_outs=rolled(("?", 0), ("1.1", 48)),
        seen=seen("?", *range(0, 48, 2)),
        fixes=(ONE, BACK),
        carries={"1.1": frozenset({ONE.key, BACK.key})},
    )
    assert attempt(line).fixes == (ONE,)


def test_a_fix_that_its_canary_proved_holds_from_its_roll_out_on() -> None:
    line = a_line(now=72)
    canary = tuple(Use(hour=at(hour), release="1.1", count=400.0) for hour in range(40, 48))
    told = attempt(replace(line, use=(*line.use, *canary)))
    assert (told.state, told.decided_at) == (AttemptState.HELD, at(48))


def test_an_issue_began_with_its_first_event_and_not_with_the_hour_of_it() -> None:
    late = Seen(hour=at(0), release="1.0", events=1, windows=0b100000000)
    episode = only(follow(a_line(now=72, seen=(late, *seen("1.0", *range(2, 48, 2))))))
    assert episode.began == at(0) + timedelta(minutes=40)


def test_a_regression_began_with_the_first_event_after_it_had_held() -> None:
    line = a_line(now=200, seen=seen("1.0", *range(0, 48, 2)))
    back = Seen(hour=at(150), release="1.1", events=1, windows=0b1000)
    assert follow(replace(line, seen=(*line.seen, back)))[1].began == at(150.25)


def test_a_fall_is_only_said_once_it_is_sure_however_often_one_looked() -> None:
    """Three failures on the day after, where one in every other hour came before: to a test made
    for one single look that would be a fall."""
    line = a_line(now=72, seen=seen("1.0", *range(0, 48, 2)) + seen("1.1", 49, 56, 63))
    told = attempt(line)
    assert told.ratio is not None
    assert rate_ratio(3, 2_400, 23, 4_800).shown.high < 1 <= told.ratio[2]
    assert told.state is AttemptState.CAME_BACK
    assert attempt(used(replace(line, now=at(240)), 100)).state is AttemptState.REDUCED


def test_what_still_fails_in_storms_is_weighed_as_what_failed_in_storms_before() -> None:
    def storms(release: str, *hours: int) -> tuple[Seen, ...]:
        return tuple(
            Seen(hour=at(hour + more), release=release, events=6, windows=0b010101010101)
            for hour in hours
            for more in range(3)
        )

    line = a_line(now=1200, seen=storms("1.0", *range(0, 48, 6)) + storms("1.1", 52))
    told = attempt(line)
    assert told.before[0] < 144 / 2, "three hours of six windows are one storm"
    assert told.after[0] < 18 / 2
    assert told.state is AttemptState.REDUCED


def test_failures_from_before_use_was_counted_do_not_make_it_look_frequent() -> None:
    """It failed once a day for eight weeks, and calls are counted for the last two days only: two
    failures in these are all that is known of how often it fails by calls."""
    days = 56 * 24
    line = a_line(
        now=days + 72,
        calls=None,
        roll_outs=rolled(("1.0", 0), ("1.1", days + 48)),
        seen=seen("1.0", *range(0, days + 48, 24)),
    )
    whole = used(line, 100)
    young = replace(whole, use=tuple(one for one in whole.use if one.hour >= at(days)))
    assert attempt(whole).state is AttemptState.TOO_EARLY
    told = attempt(young)
    assert (told.before, told.state) == ((1.0, 4_800.0), AttemptState.TOO_EARLY)


def test_a_quiet_weekend_is_no_fall_where_it_never_failed_at_weekends() -> None:
    """Five failures by day on the working days before; after it one, on Saturday at noon."""
    line = a_line(
        now=100 + 5 * 24,
        calls=None,
        roll_outs=rolled(("1.0", 0), ("1.1", 4 * 24 + 20)),
        seen=seen("1.0", *(day * 24 + hour for day in range(5) for hour in (9, 12, 15)))
        + seen("1.1", 5 * 24 + 12),
    )
    weekend = attempt(replace(line, now=at(7 * 24)))
    assert weekend.state is AttemptState.CAME_BACK
    assert weekend.ratio is None, "nothing was expected of a weekend"
    assert attempt(replace(line, now=at(21 * 24))).state is AttemptState.REDUCED


def test_an_issue_that_was_never_seen_has_no_course() -> None:
    assert follow(a_line(now=72, seen=())) == ()


def test_what_the_first_roll_out_carries_was_no_fix() -> None:
    line = a_line(now=72, roll_outs=rolled(("1.1", 0)), seen=seen("1.1", 1, 2))
    assert only(follow(line)).attempts == ()


def test_days_that_always_fail_do_not_make_a_quiet_night_look_rare() -> None:
    """A night hour in seven begins a storm of three hours: three quiet ones come four times in ten,
    however full the days are."""
    dice, failing = Random(1), set()
    for hour in range(8 * 24):
        if 8 <= hour % 24 < 20:
            failing.add(hour)
        elif dice.random() < 0.15:
            failing |= {hour, hour + 1, hour + 2}
    line = a_line(
        now=8 * 24 + 3,
        calls=None,
        roll_outs=rolled(("1.0", 0), ("1.1", 8 * 24)),
        seen=tuple(
            Seen(hour=at(hour), release="1.0", events=12, windows=(1 << 12) - 1)
            for hour in sorted(failing)
            if hour < 8 * 24
        ),
    )
    chance = only(follow(line)).attempts[0].chance
    assert chance is not None
    assert chance > 0.3
