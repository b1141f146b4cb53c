"""A comparison as it is shown: every figure with the address of the list that it was counted from.

A count has the ``url`` of a list that is as long. A figure that was worked out of such counts has
``of``: how long its list is, and where it lies.
"""

from collections.abc import Callable
from typing import Any

from correlator.store.comparison.lists import ELSEWHERE
from correlator.store.comparison.lists import UNITS as COUNTING
from web.comparison.words import PER, UNITS, label, notes
from web.leads import leads
from web.pages import Page

Link = Callable[..., str]
MAIN = ("incidents", "change")
# Of fewer no share is told and no curve is drawn: only counts.
FEWEST = 5
# What is said of comparisons, in the order in which a reader wants to know it.
ORDER = ("more", "fewer", "borderline", "no difference shown", "counts only", "not enough data")


def shown(body: Page, filters: Page) -> Page:
    """The body with an address for every figure."""
    by, lead = body["by"], leads("comparison_lists.listed")

    def link(arm: str = "", **more: Any) -> str:
        asked = {**filters, **({"arm": arm} if arm else {}), **more}
        return lead({name: str(value) for name, value in asked.items() if value is not None})

    arms = {one["name"]: _arm(one, by, _bound(link, one["name"])) for one in body["arms"]}
    return {
        **body,
        "changes": _count(body["changes"], link(which="compared")),
        "left_out": _count(body["left_out"], link(which="left_out")),
        "more": {**body["more"], **_count(body["more"]["changes"], link(which="smaller"))},
        "arms": list(arms.values()),
        "versus": [_versus(one, by, link) for one in body["versus"]],
        "unknown": _unknown(body, link),
        "answer": _answer(body, link),
    }


def _count(count: int, url: str) -> Page:
    return {"count": count, "url": url}


def _bound(link: Link, arm: str, **always: Any) -> Link:
    return lambda **more: link(arm, **always, **more)


def _unknown(body: Page, link: Link) -> Page | None:
    """How many changes are in no known arm."""
    one = next((arm for arm in body["arms"] if arm["name"] == "unknown"), None)
    if one is None or not body["changes"]:
        return None
    found = _count(one["changes"], link("unknown", which="changes"))
    return {**found, "share": one["changes"] / body["changes"]}


def _answer(body: Page, link: Link) -> list[Page]:
    """What each comparison says of incidents per change, by what it says: what is said first."""
    said: dict[str, list[Page]] = {}
    for place, one in enumerate(body["versus"], start=1):
        main = main_ratio(one)
        names = {name: label(one[name], body["by"]) for name in ("arm", "against")}
        told: Page = {"label": names["arm"], "against": names["against"], "anchor": f"pair-{place}"}
        if main is not None:
            told["unknown"] = _bounds(main, _bound(link, "unknown"))
        if main is not None and main["enough"]:
            told |= {name: main[name] for name in ("ratio", "shown", "alike")}
            told["of"] = _both(one, main, link)
        said.setdefault(main["word"] if main else "not enough data", []).append(told)
    return [{"word": word, "arms": said[word]} for word in ORDER if said.get(word)]


def main_ratio(one: Page) -> Page | None:
    """Incidents per change: what a comparison is summed up by."""
    found = (each for each in one["ratios"] if (each["of"], each["unit"]) == MAIN)
    return next(found, None)


def _arm(one: Page, by: str, link: Link) -> Page:
    counts = {
        which: _count(one[which], link(which=which)) for which in ("changes", "ripe", "young")
    }
    of = {"needed_fix": "ripe", "taken_back": "ripe", "fixes": "changes"}
    shares = {
        which: {
            **one[which],
            "url": link(which=which),
            "all": counts[among],
            "enough": one[which]["of"] >= FEWEST,
        }
        for which, among in of.items()
    }
    return {
        "name": one["name"],
        "label": label(one["name"], by),
        **counts,
        **shares,
        "rates": [_rate(rate, rate["of"], rate["unit"], link) for rate in one["rates"]],
        "mending": _mending(one["mending"], link),
        "survival": one["survival"],
        "told": [
            {**each, "at_risk": _count(each["at_risk"], link(which="at_risk", day=each["day"]))}
            for each in one.get("told", ())
        ],
        "watched_days": one.get("watched_days"),
        "enough": one["changes"] >= FEWEST,
    }


def _rate(one: Page, of: str, unit: str, link: Link) -> Page:
    return {
        "of": of,
        "unit": unit,
        "per": PER[unit],
        "units": UNITS[unit],
        "expected": one["expected"],
        "exposure": one["exposure"],
        "rate": one["rate"],
        "issues": _count(one["issues"], link(which=of, unit=unit)),
        "changes": _count(one["changes"], link(which=COUNTING[unit])),
    }


def _mending(one: Page, link: Link) -> Page:
    tried = one["over"] + one["open"]
    return {
        "cycles": [
            {"name": name, **_count(count, link(which="over", cycles=name))}
            for name, count in one["cycles"].items()
        ],
        **{which: _count(one[which], link(which=which)) for which in ("over", "open", "untried")},
        "tried": _count(tried, link(which="tried")),
        "likely": _count(tried + one["untried"], link(which="likely")),
        "mean": one["mean"],
        "is_least": one.get("is_least", False),
        "hours": one["hours"],
        # What was worked out before an upgrade is shown until it is worked out anew.
        "seen_after": one.get("seen_after"),
    }


def _both(one: Page, ratio: Page, link: Link) -> Page:
    """The issues of both arms that a ratio was worked out of."""
    both = {"which": ratio["of"], "unit": ratio["unit"], "against": one["against"]}
    # A comparison of before an upgrade does not say how many: what lists say is shown.
    known = ratio.get("issues", ratio["first"]["issues"] + ratio["second"]["issues"])
    return _count(known, link(one["arm"], **both))


def _versus(one: Page, by: str, link: Link) -> Page:
    arm, against = one["arm"], one["against"]
    first = _bound(link, arm)
    second = _bound(link, arm, elsewhere=1) if against == ELSEWHERE else _bound(link, against)
    changes = one.get("changes", 0)
    return {
        **one,
        "label": label(arm, by),
        "against_label": label(against, by),
        "second": _arm(one["second"], by, second),
        "changes": _count(changes, link(arm, which="changes", against=against)),
        "ratios": [
            {
                "mislabelled": [],
                "undone_by": None,
                **ratio,
                "per": PER[ratio["unit"]],
                "units": UNITS[ratio["unit"]],
                "first": _rate(ratio["first"], ratio["of"], ratio["unit"], first),
                "second": _rate(ratio["second"], ratio["of"], ratio["unit"], second),
                "issues": _both(one, ratio, link),
                "unknown": _bounds(ratio, _bound(link, "unknown")),
                "notes": list(notes(ratio)),
            }
            for ratio in one["ratios"]
        ],
    }


def _bounds(ratio: Page, link: Link) -> Page:
    ends, unit = ratio["unknown"], ratio["unit"]
    low, high = ends.get("low"), ends.get("high")
    return {
        **ends,
        "bounds": [low or 0.0, high] if "low" in ends else None,
        "changes": _count(ends.get("changes", 0), link(which=COUNTING[unit])),
        "issues": _count(ends.get("issues", 0), link(which=ratio["of"], unit=unit)),
        "turns": "low" in ends and (low or 0.0) < 1 and (high is None or high > 1),
    }
