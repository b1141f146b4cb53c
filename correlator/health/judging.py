"""The verdict: a test that may be looked at every minute, and what it still needs.

Worse: the new rate is surely higher (one-sided, 5% over all looks), by at least three separate
failures. Fine: it is surely below twice the old one; where the one before never failed, no ratio
can be told, and it is fine once it surely fails less often than once in a thousand calls.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil, floor, isfinite

from correlator.health.sides import compare
from correlator.statistics import (
    Health,
    Interval,
    bounds_as_it_runs,
    exposure_until_below,
    exposure_until_fine,
    fine_as_it_runs,
    rate_ratio,
    surely_below,
    worse_as_it_runs,
)
from correlator.types import Compared, Fared, HourOfRelease, Watched

# Exposure at which the first look is; nothing that is counted may change it.
UNITS = {"calls": 100.0, "sessions": 20.0, "minutes": 2.0}
# Failing less often than this is fine where there is no failure to compare with.
BEARABLE = {"calls": 0.001, "sessions": 0.01}
# One burst is one failure; worse is said of several.
FEWEST_FAILURES = 3
FIRST_DAY = timedelta(days=1)
CANNOT_TELL = "cannot-tell"


def fare(watched: Watched, hours: Sequence[HourOfRelease], now: datetime) -> Fared:
    """How a deploy fares, from what is counted of its line; after its first day, that or never."""
    fared = judge(compare(watched, hours), (watched.until - watched.at) / timedelta(minutes=1))
    if fared.health != Health.TOO_EARLY.value:
        return fared
    if now - watched.at > FIRST_DAY:
        because = f"Its first day was not enough to tell. {fared.because}"
        return replace(fared, health=CANNOT_TELL, because=because)
    if watched.until < now:
        because = "It was replaced before it could be told."
        return replace(fared, because=because, missing_minutes=None)
    return fared


def judge(compared: Compared, minutes: float) -> Fared:
    """How it fares; ``minutes``: how long it has run, for the pace at which exposure comes."""
    health = decide(compared)
    because, needed = _told(compared, health)
    pace = compared.new_exposure / minutes if minutes > 0 else 0.0
    missing = None if needed is None else max(needed - compared.new_exposure, 0.0)
    bounds = _bounds(compared) if _has_ratio(compared) or health is Health.WORSE else None
    return Fared(
        health=health.value,
        because=because,
        compared=compared,
        ratio=_ratio(compared),
        low=bounds.low if bounds else None,
        high=bounds.high if bounds and isfinite(bounds.high) else None,
        missing=missing,
        missing_minutes=missing / pace if missing is not None and pace > 0 else None,
    )


def decide(compared: Compared) -> Health:
    """The verdict alone, which is much quicker to tell than what is shown beside it."""
    if compared.windows >= FEWEST_FAILURES and _is_worse(compared):
        return Health.WORSE
    return Health.FINE if _is_fine(compared) else Health.TOO_EARLY


def _is_worse(compared: Compared) -> bool:
    return _is_up(compared) and not _all_fail(compared)


def _is_up_with_all(compared: Compared) -> bool:
    return _is_up(compared) and _all_fail(compared)


def _is_up(compared: Compared) -> bool:
    new, old = floor(compared.new_events / compared.spread), _most_before(compared)
    unit = UNITS[compared.unit]
    return compared.old_exposure > 0 and worse_as_it_runs(
        new, compared.new_exposure, old, compared.old_exposure, unit=unit
    )


def _all_fail(compared: Compared) -> bool:
    """Whether a canary fails no more surely than what runs beside it: what is wrong then is not
    the canary. It only ever takes a 'worse' back, so one test at 5% does."""
    if compared.beside is None or compared.beside[1] <= 0:
        return False
    ratio = rate_ratio(
        floor(compared.new_events / compared.spread), compared.new_exposure,
        ceil(compared.beside[0] / compared.spread), compared.beside[1], level=0.9,
    )  # fmt: skip
    return ratio.exact.low <= 1.0


def _is_fine(compared: Compared) -> bool:
    unit, new = UNITS[compared.unit], ceil(compared.new_events / compared.spread)
    if _is_part_by_time(compared):
        return False
    if _has_ratio(compared):
        old = _least_before(compared)
        return fine_as_it_runs(new, compared.new_exposure, old, compared.old_exposure, unit=unit)
    bearable = BEARABLE.get(compared.unit)
    if bearable is None:
        return False
    # Where failures come in bursts it is those that may come so much more seldom.
    return surely_below(new, compared.new_exposure, bearable / compared.spread, unit=unit)


def _has_ratio(compared: Compared) -> bool:
    """Whether there is anything to be less than twice of: one or two failures tell no rate."""
    return compared.old_exposure > 0 and _least_before(compared) >= FEWEST_FAILURES


def _is_part_by_time(compared: Compared) -> bool:
    """Time says nothing of how much of the use a part has met; only that it was not more than all
    of it."""
    return compared.is_part and compared.unit == "minutes"


def _least_before(compared: Compared) -> int:
    return floor(compared.old_events / compared.spread)


def _most_before(compared: Compared) -> int:
    return ceil(compared.old_events / compared.spread)


def _told(compared: Compared, health: Health) -> tuple[str, float | None]:
    """Why so, in words, and at which exposure it would be fine if nothing else failed."""
    if compared.new_exposure <= 0:
        return _unused(compared), None
    if not _has_ratio(compared):
        return _without_ratio(compared, health)
    if health is Health.WORSE:
        return "It fails more often than the one before it did.", None
    if _is_part_by_time(compared):
        because = (
            "Only a part has the release, and no calls or sessions are counted: time alone can "
            "tell that it is worse, never that it is fine. Let the SDK send sessions or traces."
        )
        return because, None
    if health is Health.FINE:
        return "It surely fails less than twice as often as the one before it did.", None
    needed = exposure_until_fine(
        ceil(compared.new_events / compared.spread), compared.new_exposure,
        _least_before(compared), compared.old_exposure, unit=UNITS[compared.unit],
    )  # fmt: skip
    because = "Too little has been seen of it to tell it from the one before it."
    if _is_up_with_all(compared):
        because = (
            "It fails more often than the stable version did before, but that now fails as often: "
            "what is wrong is in neither."
        )
    return because, needed if isfinite(needed) else None


def _without_ratio(compared: Compared, health: Health) -> tuple[str, float | None]:
    """Hardly anything failed before, or nothing was before: no ratio, but there is a rate."""
    before = _before(compared)
    if health is Health.WORSE:
        return f"{before}; this fails.", None
    bearable = BEARABLE.get(compared.unit)
    if bearable is None:
        because = (
            f"{before}, and no calls or sessions are counted: time alone cannot tell that it is "
            "used. Let the SDK send sessions or traces."
        )
        return because, None
    if health is Health.FINE:
        return f"{before}; this surely fails in less than {bearable:.1%} of {compared.unit}.", None
    new = ceil(compared.new_events / compared.spread)
    because = f"{before}, so only its own rate can be told, and too little has been seen of it."
    rate = bearable / compared.spread
    return because, exposure_until_below(new, rate, unit=UNITS[compared.unit])


def _before(compared: Compared) -> str:
    if not compared.old_exposure:
        return "Nothing was before it"
    if not compared.old_events:
        return "Nothing failed in the one before it"
    if compared.old_events < FEWEST_FAILURES:
        return "Hardly anything failed in the one before it"
    return "What failed in the one before it came in a burst or two"


def _unused(compared: Compared) -> str:
    if compared.unit == "minutes":
        return (
            "No calls or sessions are counted, and the service has not been seen at these hours of "
            "the day before (working days and weekends apart): there is nothing to compare with. "
            "Let the SDK send sessions or traces."
        )
    return f"None of its {compared.unit} have been counted yet."


def _ratio(compared: Compared) -> float | None:
    """The ratio as counted; None where there is nothing to divide by."""
    if compared.new_exposure <= 0 or not compared.old_events or compared.old_exposure <= 0:
        return None
    rate = compared.new_events / compared.new_exposure
    return rate / (compared.old_events / compared.old_exposure)


def _bounds(compared: Compared) -> Interval | None:
    """What the ratio lies between at every look; they are those that decide."""
    if compared.new_exposure <= 0 or compared.old_exposure <= 0:
        return None
    new, unit = compared.new_events / compared.spread, UNITS[compared.unit]

    def bounds(new: int, old: int) -> Interval:
        return bounds_as_it_runs(
            new, compared.new_exposure, old, compared.old_exposure, unit=unit
        )  # fmt: skip

    low = bounds(floor(new), _most_before(compared)).low
    return Interval(low, bounds(ceil(new), _least_before(compared)).high)
