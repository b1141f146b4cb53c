"""A comparison as it is shown: every count with the address of its list, and words for the rest.

Words say what was counted and how surely, and nothing about why.
"""

from collections.abc import Callable, Iterator
from typing import Any

from flask import url_for

from correlator.comparison.mislabelled import RATES
from correlator.store.comparison.rows import Listed
from web.pages import Page

LABELS = {
    "ai": "AI", "mixed": "AI and human", "human": "Human", "automation": "Automation",
    "unknown": "Unknown", "person": "A person signed", "machine": "Only a machine signed",
    "nobody": "Nobody signed", "elsewhere": "All others", "several": "Several",
}  # fmt: skip
SUFFIX = {"session": " min", "size": " lines"}
PER = {
    "change": "per change", "thousand lines": "per 1000 lines changed", "day live": "per day live",
    "million calls": "per million calls",
}  # fmt: skip
UNITS = {
    "change": "changes", "thousand lines": "thousand lines", "day live": "days live",
    "million calls": "million calls",
}  # fmt: skip
TITLES = {
    "changes": "Changes", "ripe": "Changes that have had their 30 days",
    "young": "Changes younger than 30 days: in no figure per change or line",
    "sized": "Changes of 30 days with lines changed", "live": "Changes that were live",
    "called": "Changes of services whose calls are counted",
    "needed_fix": "Changes that needed a fix within 30 days",
    "taken_back": "Changes rolled back or reverted within 30 days",
    "fixes": "Changes that mend or revert others",
    "issues": "Issues", "incidents": "Incidents", "over": "Incidents that a fix ended",
    "open": "Incidents with attempts, none of which held yet",
    "untried": "Incidents that were closed without a fix that we saw",
    "nobody's": "Incidents that no deployed change is blamed for",
}  # fmt: skip
DRAWN = {
    "services": "whole services drawn anew",
    "people": "too few services, so all that a person changed was drawn anew together",
    "weeks": "too few services and people, so whole weeks were drawn anew",
}
NAMES = ("by", "arm", "against", "counted", "unit", "word")
INTERVALS = ("shown", "mid_p", "exact", "imputed", "clustered")
COLUMNS = (
    *NAMES,
    *(f"{side}_{what}" for side in ("first", "second")
      for what in ("expected", "issues", "exposure", "changes")),
    "ratio", *(f"{name}_{end}" for name in INTERVALS for end in ("low", "high")),
    "alike_ratio", "alike_low", "alike_high", "strata", "spread", "p", "q",
    "unknown_share", "ratio_all_unknown_first", "ratio_all_unknown_second", "flips", "needed",
    "clusters", "undone_by_labels", *(f"ratio_if_{missed}_missed_{wrong}_wrong"
                                      for missed, wrong in RATES),
)  # fmt: skip
Link = Callable[..., str]


def label(name: str, by: str = "") -> str:
    """An arm's name for a reader."""
    if name in LABELS:
        return LABELS[name]
    return (
        f"more than 1000{SUFFIX.get(by, '')}" if name == "more" else f"{name}{SUFFIX.get(by, '')}"
    )


def title(wanted: Listed, by: str) -> str:
    """What a list holds, in words."""
    words = TITLES[wanted.which]
    if wanted.cycles:
        words += f", {wanted.cycles} {'redeploy' if wanted.cycles == '1' else 'redeploys'}"
    if not wanted.arm:
        return words
    return f"{words}: {'all but ' if wanted.elsewhere else ''}{label(wanted.arm, by)}"


def shown(body: Page, filters: Page) -> Page:
    """The body with an address for every count."""
    by = body["by"]

    def link(arm: str, **more: Any) -> str:
        return url_for("comparison.listed", **filters, arm=arm, **more)

    return {
        **body,
        "arms": [_arm(one, by, _bound(link, one["name"])) for one in body["arms"]],
        "versus": [_versus(one, by, link) for one in body["versus"]],
        "unknown": _unknown(body, link),
    }


def _bound(link: Link, arm: str, **always: Any) -> Link:
    return lambda **more: link(arm, **always, **more)


def _unknown(body: Page, link: Link) -> Page | None:
    """How many changes are in no known arm."""
    one = next((arm for arm in body["arms"] if arm["name"] == "unknown"), None)
    if one is None or not body["changes"]:
        return None
    return {
        "count": one["changes"],
        "share": one["changes"] / body["changes"],
        "url": link("unknown", which="changes"),
    }


def _arm(one: Page, by: str, link: Link) -> Page:
    counts = {
        which: {"count": one[which], "url": link(which=which)}
        for which in ("changes", "ripe", "young")
    }
    shares = {
        which: {**one[which], "url": link(which=which)}
        for which in ("needed_fix", "taken_back", "fixes")
    }
    return {
        "name": one["name"],
        "label": label(one["name"], by),
        **counts,
        **shares,
        "rates": [_rate(rate, rate["of"], rate["unit"], link) for rate in one["rates"]],
        "mending": _mending(one["mending"], link),
        "survival": one["survival"],
    }


def _rate(one: Page, of: str, unit: str, link: Link) -> Page:
    which = {"change": "ripe", "thousand lines": "sized", "day live": "live"}.get(unit, "called")
    return {
        "of": of,
        "unit": unit,
        "per": PER[unit],
        "expected": one["expected"],
        "exposure": one["exposure"],
        "rate": one["rate"],
        "issues": {"count": one["issues"], "url": link(which=of, unit=unit)},
        "changes": {"count": one["changes"], "url": link(which=which)},
    }


def _mending(one: Page, link: Link) -> Page:
    return {
        "cycles": [
            {"name": name, "count": count, "url": link(which="over", cycles=name)}
            for name, count in one["cycles"].items()
        ],
        **{
            which: {"count": one[which], "url": link(which=which)}
            for which in ("over", "open", "untried")
        },
        "mean": one["mean"],
        "is_least": one.get("is_least", False),
        "hours": one["hours"],
        # What was worked out before an upgrade is shown until it is worked out anew.
        "seen_after": one.get("seen_after"),
    }


def _versus(one: Page, by: str, link: Link) -> Page:
    arm, against = one["arm"], one["against"]
    first = _bound(link, arm)
    second = _bound(link, arm, elsewhere=1) if against == "elsewhere" else _bound(link, against)
    return {
        **one,
        "label": label(arm, by),
        "against_label": label(against, by),
        "second": _arm(one["second"], by, second),
        "ratios": [
            {
                "mislabelled": [],
                "undone_by": None,
                **ratio,
                "per": PER[ratio["unit"]],
                "units": UNITS[ratio["unit"]],
                "first": _rate(ratio["first"], ratio["of"], ratio["unit"], first),
                "second": _rate(ratio["second"], ratio["of"], ratio["unit"], second),
                "notes": list(_notes(ratio)),
            }
            for ratio in one["ratios"]
        ],
    }


def _notes(ratio: Page) -> Iterator[str]:
    """What a reader of the interval should know about it."""
    if ratio["imputed"]:
        yield "not every culprit is certain: chances are summed, and the interval carries them"
    if ratio["spread"] is not None and ratio["spread"] > 1.5:
        yield f"incidents come together (variance {ratio['spread']:.1f} times the mean): widened"
    if ratio["clustered"]:
        yield DRAWN[ratio.get("drawn", "services")]
    if ratio["q"] is not None and ratio["q"] > 0.05 >= ratio["p"]:
        yield "among so many arms one would stand out by chance"


def flat(body: Page) -> Iterator[dict[str, Any]]:
    """A row for every ratio."""
    for one in body["versus"]:
        for ratio in one["ratios"]:
            names = (body["by"], one["arm"], one["against"], ratio["of"], ratio["unit"])
            row = dict(zip(NAMES, (*map(_plain, names), ratio["word"]), strict=True))
            for side in ("first", "second"):
                row |= {f"{side}_{what}": ratio[side][what]
                        for what in ("expected", "issues", "exposure", "changes")}  # fmt: skip
            for name in INTERVALS:
                low, high = ratio[name] or (None, None)
                row |= {f"{name}_low": low, f"{name}_high": high}
            low, high = ratio["alike"]["interval"] or (None, None)
            yield {
                **row,
                "ratio": ratio["ratio"],
                "alike_ratio": ratio["alike"]["ratio"],
                "alike_low": low,
                "alike_high": high,
                "strata": ratio["alike"]["strata"],
                "spread": ratio["spread"],
                "p": ratio["p"],
                "q": ratio["q"],
                "unknown_share": ratio["unknown"]["share"],
                "ratio_all_unknown_first": ratio["unknown"]["all_first"],
                "ratio_all_unknown_second": ratio["unknown"]["all_second"],
                "flips": ratio["of"] in one["flips"],
                "needed": one["needed"],
                "clusters": ratio.get("drawn", ""),
                "undone_by_labels": ratio.get("undone_by"),
                **{
                    f"ratio_if_{each['missed']}_missed_{each['wrong']}_wrong": each["ratio"]
                    for each in ratio.get("mislabelled", ())
                },
            }


def _plain(text: str) -> str:
    # A name that begins like a formula would be one to a spreadsheet.
    return f"'{text}" if text[:1] in "=+-@\t\r" else text
