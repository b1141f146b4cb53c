"""Where the marks of the comparison's pictures go: intervals of ratios, shares, survival curves.

Numbers in, positions in percent out; the template draws. Arms are told apart by shape and dash, so
that a print in black and white can be read.
"""

from collections.abc import Callable
from math import log

from correlator.statistics import wilson
from web.comparison.figures import FEWEST
from web.pages import Page

# Ratios from a tenth to ten; what lies beyond is drawn as an arrow.
WIDEST = 10.0
TICKS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
CURVE_DAYS = 90.0
MOST_CURVES = 5
MOST_ROWS = 16


def pictures(found: Page) -> Page:
    """All pictures of a comparison as it is shown; an empty one is None."""
    return {
        "ratios": _ratios(found),
        "shares": _shares(found, 0.43, _needed),
        "cycles": _shares(found, 0.88, two_or_three),
        "curves": _curves(found),
    }


def x_of(ratio: float) -> float:
    """Where a ratio stands, 1 being the middle, on a scale of logarithms."""
    held = min(max(ratio, 1 / WIDEST), WIDEST)
    return round(50 + 50 * log(held) / log(WIDEST), 2)


def _ratios(body: Page) -> Page | None:
    """Of each pair incidents per change and per line, as counted and with like beside like."""
    rows = [
        _interval(one, ratio)
        for one in body["versus"]
        for ratio in one["ratios"]
        if ratio["of"] == "incidents" and ratio["enough"]
    ]
    if not rows:
        return None
    ticks = [{"x": x_of(tick), "label": f"{tick:g}"} for tick in TICKS]
    return {
        "rows": rows[:MOST_ROWS],
        "ticks": ticks,
        "more": max(0, len(rows) - MOST_ROWS),
        "public": x_of(1.7) if body["by"] == "provenance" else None,
    }


def _interval(one: Page, ratio: Page) -> Page:
    alike = ratio["alike"]
    return {
        "label": f"{one['label']} against {one['against_label']}",
        "per": ratio["per"],
        "word": ratio["word"],
        "of": ratio["issues"],
        "crude": _marks(ratio["ratio"], ratio["shown"]),
        "alike": _marks(alike["ratio"], alike["interval"]) if alike["ratio"] else None,
    }


def _marks(ratio: float | None, interval: list[float | None] | None) -> Page | None:
    if ratio is None or interval is None:
        return None
    low, high = interval[0] or 0.0, interval[1]
    return {
        "ratio": ratio,
        "low": low,
        "high": high,
        "x": x_of(ratio) if ratio > 0 else 0.0,
        "from": x_of(low) if low > 0 else 0.0,
        "to": x_of(high) if high is not None else 100.0,
        "beyond_low": low < 1 / WIDEST,
        "beyond_high": high is None or high > WIDEST,
    }


def _shares(body: Page, public: float, of: Callable[[Page], Page]) -> Page | None:
    """A share of each arm, on a scale that has room for the public figure."""
    told = [(one["label"], of(one)) for one in body["arms"]]
    known = [(name, share) for name, share in told if share["enough"]]
    if not known:
        return None
    top = min(1.0, max(public * 1.15, *(share["high"] for _, share in known)))
    rows = [_share(name, share, top) for name, share in known]
    return {"rows": rows, "top": top, "public": round(100 * public / top, 2), "figure": public}


def _needed(arm: Page) -> Page:
    found: Page = arm["needed_fix"]
    return found


def two_or_three(arm: Page) -> Page:
    """The share of an arm's mended incidents that took two or three redeploys."""
    took = next(one for one in arm["mending"]["cycles"] if one["name"] == "2 to 3")
    over = arm["mending"]["over"]
    interval = wilson(took["count"], over["count"])
    return {
        **took,
        "of": over["count"],
        "all": over,
        "enough": over["count"] >= FEWEST,
        "share": took["count"] / over["count"] if over["count"] else None,
        "low": interval.low,
        "high": interval.high,
    }


def _share(name: str, share: Page, top: float) -> Page:
    at = {what: round(100 * share[what] / top, 2) for what in ("share", "low", "high")}
    return {
        "label": name,
        **{what: share[what] for what in ("count", "url", "of", "all", "share", "low", "high")},
        "x": at["share"],
        "from": at["low"],
        "to": at["high"],
    }


def _curves(body: Page) -> Page | None:
    """Kaplan-Meier curves of the first arms, from the lowest share that is reached up to all."""
    arms = [one for one in body["arms"] if one["enough"]][:MOST_CURVES]
    if not any(one["survival"] for one in arms):
        return None
    lowest = min(one["survival"][-1]["share"] for one in arms if one["survival"])
    floor = min(max(0.0, int((lowest - 0.02) * 20) / 20), 0.95)
    return {
        "days": CURVE_DAYS,
        "floor": floor,
        "curves": [
            {
                "label": one["label"],
                "place": place,
                "points": _points(one["survival"], floor, one["watched_days"] or CURVE_DAYS),
                "told": {each["day"]: each for each in one["told"]},
            }
            for place, one in enumerate(arms)
        ],
    }


def _points(steps: list[Page], floor: float, until: float) -> str:
    """The corners of the curve in a picture of 900 by 300, as far as anything was watched."""
    corners, before = [(0.0, _y(1.0, floor))], 1.0
    for step in steps:
        x = 900 * step["day"] / CURVE_DAYS
        corners += [(x, _y(before, floor)), (x, _y(step["share"], floor))]
        before = step["share"]
    corners.append((900 * min(until, CURVE_DAYS) / CURVE_DAYS, _y(before, floor)))
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)


def _y(share: float, floor: float) -> float:
    return round(300 * (1 - max(share, floor)) / (1 - floor), 1)
