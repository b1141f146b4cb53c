"""The verdict: a test that may be looked at every minute, and what it still needs.

Worse: the new rate is surely higher (one-sided, 5% over all looks), by at least three separate
failures. Fine: it is surely below twice the old one; where the one before never failed, no ratio
can be told, and it is fine once it surely fails less often than once in a thousand calls.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil, floor, inf, isfinite

from correlator.health.sides import compare
from correlator.statistics import (
    Health,
    bounds_as_it_runs,
    compare_as_it_runs,
    exposure_until_below,
    rate_ratio,
    surely_below,
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
    unit = UNITS[compared.unit]
    if compared.new_exposure <= 0:
        return _told(compared, Health.TOO_EARLY, _unused(compared), missing=None)
    if not compared.old_exposure or not compared.old_events:
        return _without_ratio(compared, unit, minutes)
    spread = compared.spread
    up = compare_as_it_runs(
        floor(compared.new_events / spread), compared.new_exposure,
        ceil(compared.old_events / spread), compared.old_exposure, unit=unit,
    )  # fmt: skip
    down = compare_as_it_runs(
        ceil(compared.new_events / spread), compared.new_exposure,
        floor(compared.old_events / spread), compared.old_exposure, unit=unit,
    )  # fmt: skip
    if up.health is Health.WORSE and compared.windows >= FEWEST_FAILURES:
        return _told(compared, Health.WORSE, "It fails more often than the one before it did.")
    if down.health is Health.FINE:
        because = "It surely fails less than twice as often as the one before it did."
        return _told(compared, Health.FINE, because)
    because = "Too little has been seen of it to tell it from the one before it."
    missing = max(down.needed - compared.new_exposure, 0.0)
    return _told(compared, Health.TOO_EARLY, because, missing=missing, minutes=minutes)


def _without_ratio(compared: Compared, unit: float, minutes: float) -> Fared:
    """Nothing failed before, or nothing was before: there is no ratio, but there is a rate."""
    before = (
        "Nothing failed in the one before it" if compared.old_exposure else "Nothing was before it"
    )
    new = ceil(compared.new_events / compared.spread)
    if compared.old_exposure and _came_up(compared, unit):
        return _told(compared, Health.WORSE, f"{before}; this fails.")
    bearable = BEARABLE.get(compared.unit)
    if bearable is None:
        because = (
            f"{before}, and no calls or sessions are counted: time alone cannot tell that it is "
            "used. Let the SDK send sessions or traces."
        )
        return _told(compared, Health.TOO_EARLY, because)
    if surely_below(new, compared.new_exposure, bearable, unit=unit):
        because = f"{before}; this surely fails in less than {bearable:.1%} of {compared.unit}."
        return _told(compared, Health.FINE, because)
    missing = max(exposure_until_below(new, bearable, unit=unit) - compared.new_exposure, 0.0)
    because = f"{before}, so only its own rate can be told, and too little has been seen of it."
    return _told(compared, Health.TOO_EARLY, because, missing=missing, minutes=minutes)


def _came_up(compared: Compared, unit: float) -> bool:
    new = floor(compared.new_events / compared.spread)
    test = compare_as_it_runs(
        new, compared.new_exposure, 0, compared.old_exposure, unit=unit
    )  # fmt: skip
    return test.health is Health.WORSE and compared.windows >= FEWEST_FAILURES


def _unused(compared: Compared) -> str:
    if compared.unit == "minutes":
        return "It has not run for long enough to look."
    return f"None of its {compared.unit} have been counted yet."


def _told(
    compared: Compared,
    health: Health,
    because: str,
    *,
    missing: float | None = None,
    minutes: float = 0.0,
) -> Fared:
    ratio, low, high = _ratio(compared)
    pace = compared.new_exposure / minutes if minutes > 0 else 0.0
    return Fared(
        health=health.value,
        because=because,
        compared=compared,
        ratio=ratio,
        low=low,
        high=high,
        missing=missing,
        missing_minutes=missing / pace if missing is not None and pace > 0 else None,
    )


def _ratio(compared: Compared) -> tuple[float | None, float | None, float | None]:
    """The ratio as counted, and bounds that hold at every look; infinite ends are left out."""
    if compared.new_exposure <= 0 or compared.old_exposure <= 0:
        return None, None, None
    found = rate_ratio(
        compared.new_events, compared.new_exposure, compared.old_events, compared.old_exposure
    ).ratio
    spread = compared.spread
    bounds = bounds_as_it_runs(
        round(compared.new_events / spread), compared.new_exposure,
        round(compared.old_events / spread), compared.old_exposure, unit=UNITS[compared.unit],
    )  # fmt: skip
    return _finite(found), bounds.low, _finite(bounds.high)


def _finite(value: float | None) -> float | None:
    return value if value is not None and value != inf and isfinite(value) else None
