"""How a deploy fares, as pages and pipelines are told: decided rows, else judged as of now."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import url_for
from sqlmodel import Session

from correlator.health import BEFORE, fare
from correlator.statistics import poisson_rate
from correlator.store.deploys import health as kept
from correlator.store.tables import DeployRow, HealthVerdictRow
from correlator.types import Fared, HourOfRelease, Watched
from web import present

Shown = dict[str, Any]
WORDS = {
    "fine": "Fine",
    "worse": "Worse",
    "too-early": "Too early to say",
    "cannot-tell": "Could not be told",
}
AROUND = kept.AROUND
HOUR = timedelta(hours=1)
# Below so many hours, or thousands of calls or sessions, the rate before may be anything, and its
# band would be all that one sees.
LEAST_USED = {"minutes": 3.0, "calls": 0.1, "sessions": 0.1}
NAMES = {"calls": "calls", "sessions": "sessions", "minutes": "minutes"}


def health(
    session: Session, deploy: DeployRow, row: HealthVerdictRow | None, now: datetime
) -> tuple[Shown, kept.SeenOf]:
    """The verdict as it is shown, and what it rests on as of now."""
    seen = kept.seen_of(session, deploy, now, BEFORE)
    against = session.get(DeployRow, (row.against_id if row else seen.against_id) or 0)
    shown = _decided(row) if row else _so_far(fare(seen.watched, seen.hours, now))
    shown["against"] = named(against)
    return shown, seen


def named(row: DeployRow | None) -> Shown | None:
    """A deploy by its release, with its address."""
    if row is None:
        return None
    url = url_for("deploys.deploy", deploy_id=row.id)
    return {"id": row.id, "release": row.release, "environment": row.environment, "url": url}


def _decided(row: HealthVerdictRow) -> Shown:
    return {
        "health": row.health,
        "words": WORDS.get(row.health, row.health),
        "because": row.because,
        "decided_at": present.when(row.at),
        "unit": row.unit,
        "unit_name": NAMES.get(row.unit, row.unit),
        "new": _side(row.new_events, row.new_exposure, row.unit),
        "old": _side(row.old_events, row.old_exposure, row.unit),
        "spread": round(row.spread, 2),
        "ratio": row.ratio,
        "low": row.low,
        "high": row.high,
        "missing": None,
        "missing_minutes": None,
    }


def _so_far(fared: Fared) -> Shown:
    sides = fared.compared
    is_open = fared.health == "too-early"
    return {
        "health": fared.health,
        "words": WORDS[fared.health],
        "because": fared.because,
        "decided_at": None,
        "unit": sides.unit,
        "unit_name": NAMES[sides.unit],
        "new": _side(sides.new_events, sides.new_exposure, sides.unit),
        "old": _side(sides.old_events, sides.old_exposure, sides.unit),
        "spread": round(sides.spread, 2),
        "ratio": fared.ratio,
        "low": fared.low,
        "high": fared.high,
        "missing": round(fared.missing) if is_open and fared.missing is not None else None,
        "missing_minutes": fared.missing_minutes if is_open else None,
    }


def _side(events: int, exposure: float, unit: str) -> Shown:
    """``rate``: failures per 1,000 calls or sessions, or per hour."""
    times = 60.0 if unit == "minutes" else 1000.0
    found = poisson_rate(events, exposure / times) if exposure > 0 else None
    return {
        "events": events,
        "exposure": round(exposure, 1),
        "rate": events / exposure * times if exposure > 0 else None,
        "low": found.low if found else None,
        "high": found.high if found else None,
        "per": "hour" if unit == "minutes" else f"1,000 {unit}",
    }


def picture(watched: Watched, hours: Sequence[HourOfRelease], unit: str) -> Shown:
    """Failures by hour around the deploy, in percent of the picture, with the band in which the
    rate before it lies (95%). One mark per hour and side."""
    since, until = watched.at - AROUND, min(watched.until, watched.at + AROUND)
    sides = {"new": (watched.environment, watched.release)}
    if watched.against:
        sides["old"] = watched.against[:2]
    marks = [
        {"side": side, "at": one.hour, **_rate(one, unit)}
        for one in hours
        for side, place in sides.items()
        if (one.environment, one.release) == place and since - HOUR <= one.hour <= until
    ]
    marks = [mark for mark in marks if mark["rate"] is not None]
    old = [
        one for one in hours if "old" in sides and (one.environment, one.release) == sides["old"]
    ]
    band = _band([one for one in old if one.hour <= watched.at], unit)
    most = max([mark["rate"] for mark in marks], default=0.0)
    # Where nothing failed, what the rate may have been is a strip at the foot, not a wall.
    reach = band["high"] * (1 if most else 4) if band else 0.0
    top = max(most, reach) or 1.0
    length = max((until - since) / HOUR, 1.0)
    shown = [_drawn(mark, since, length, top) for mark in marks]
    return {
        "since": present.when(since),
        "until": present.when(until),
        "marks": shown,
        "top": round(top, 3),
        "per": "hour" if unit == "minutes" else f"1,000 {unit}",
        "deploy_x": round((watched.at - since) / HOUR / length * 100, 2),
        "band": {name: round(value / top * 100, 2) for name, value in band.items()}
        if band
        else None,
    }


def _drawn(mark: Shown, since: datetime, length: float, top: float) -> Shown:
    return {
        "side": mark["side"],
        "at": present.when(mark["at"]),
        "events": mark["events"],
        "rate": round(mark["rate"], 3),
        "x": round(max((mark["at"] - since) / HOUR, 0.0) / length * 100, 2),
        "width": round(100 / length * 0.8, 2),
        "height": round(mark["rate"] / top * 100, 2),
    }


def _rate(one: HourOfRelease, unit: str) -> Shown:
    if unit == "minutes":
        return {"events": one.events, "rate": float(one.events)}
    used = getattr(one, unit)
    return {"events": one.events, "rate": one.events / used * 1000 if used else None}


def _band(hours: Sequence[HourOfRelease], unit: str) -> dict[str, float] | None:
    if not hours:
        return None
    if unit == "minutes":
        used = (max(one.hour for one in hours) - min(one.hour for one in hours)) / HOUR + 1
    else:
        used = sum(getattr(one, unit) for one in hours) / 1000
    if used < LEAST_USED[unit]:
        return None
    found = poisson_rate(sum(one.events for one in hours), used)
    return {"low": found.low, "high": found.high}
