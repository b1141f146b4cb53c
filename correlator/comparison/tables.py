"""A comparison as tables, for a spreadsheet: a row for every ratio, and one for every other figure.

Of a comparison as it is kept, so that a page and a terminal write the same. A figure without a
value (not enough data) is an empty cell, never 0.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from correlator.comparison.bodies import Body
from correlator.comparison.mislabelled import RATES

Row = dict[str, Any]
NAMES = ("by", "arm", "against", "counted", "unit", "word")
INTERVALS = ("shown", "mid_p", "exact", "imputed", "clustered")
LABELS_WRONG = tuple(f"ratio_if_{missed}_missed_{wrong}_wrong" for missed, wrong in RATES)
RATIOS = (
    *NAMES,
    *(f"{side}_{what}" for side in ("first", "second")
      for what in ("expected", "issues", "exposure", "changes")),
    "ratio", *(f"{name}_{end}" for name in INTERVALS for end in ("low", "high")),
    "alike_ratio", "alike_low", "alike_high", "strata", "spread", "p", "q",
    "unknown_share", "ratio_unknown_low", "ratio_unknown_high",
    "ratio_all_unknown_first", "ratio_all_unknown_second", "flips", "needed",
    "clusters", "log_rank", "undone_by_labels",
    *(f"{name}{end}" for name in LABELS_WRONG for end in ("", "_low", "_high")),
)  # fmt: skip
FIGURES = (
    "by", "arm", "figure", "unit", "day", "value", "low", "high", "count", "of", "expected",
    "exposure", "changes", "is_least",
)  # fmt: skip


def ratio_rows(body: Body) -> Iterator[Row]:
    """A row of ``RATIOS`` for every ratio."""
    for one in body["versus"]:
        for ratio in one["ratios"]:
            names = (
                body["by"], one["arm"], one["against"], ratio["of"], ratio["unit"], ratio["word"],
            )  # fmt: skip
            yield {
                **dict(zip(NAMES, names, strict=True)),
                **_sides(ratio),
                **_intervals(ratio),
                **{name: ratio[name] for name in ("ratio", "spread", "p", "q")},
                **_doubts(ratio),
                "flips": ratio["of"] in one["flips"],
                "needed": one["needed"],
                "log_rank": one["log_rank"],
            }


def _sides(ratio: Row) -> Row:
    return {
        f"{side}_{what}": ratio[side][what]
        for side in ("first", "second")
        for what in ("expected", "issues", "exposure", "changes")
    }


def _intervals(ratio: Row) -> Row:
    found = {name: ratio[name] for name in INTERVALS} | {"alike": ratio["alike"]["interval"]}
    return {
        **{f"{name}_{end}": value for name, pair in found.items() for end, value in _ends(pair)},
        "alike_ratio": ratio["alike"]["ratio"],
        "strata": ratio["alike"]["strata"],
        "clusters": ratio.get("drawn", ""),
    }


def _ends(pair: Sequence[float | None] | None) -> Iterator[tuple[str, float | None]]:
    return zip(("low", "high"), pair or (None, None), strict=True)


def _doubts(ratio: Row) -> Row:
    """What the unknown and wrong labels would do to it."""
    found: Row = {
        "unknown_share": ratio["unknown"]["share"],
        "ratio_unknown_low": ratio["unknown"].get("low"),
        "ratio_unknown_high": ratio["unknown"].get("high"),
        "ratio_all_unknown_first": ratio["unknown"]["all_first"],
        "ratio_all_unknown_second": ratio["unknown"]["all_second"],
        "undone_by_labels": ratio.get("undone_by"),
    }
    for name, one in zip(LABELS_WRONG, ratio.get("mislabelled", ()), strict=False):
        found[name] = one["ratio"]
        found |= {f"{name}_{end}": value for end, value in _ends(one.get("interval"))}
    return found


def figure_rows(body: Body) -> Iterator[Row]:
    """A row of ``FIGURES`` for everything that is said of an arm by itself."""
    for arm in body["arms"]:
        for figure in _figures(arm):
            yield {"by": body["by"], "arm": arm["name"], **figure}


def _figures(arm: Row) -> Iterator[Row]:
    for name in ("changes", "ripe", "young"):
        yield {"figure": name, "count": arm[name]}
    for rate in arm["rates"]:
        shown = {name: rate[name] for name in ("unit", "expected", "exposure", "changes")}
        yield {"figure": rate["of"], "value": rate["rate"], "count": rate["issues"], **shown}
    for name in ("needed_fix", "taken_back", "fixes"):
        share = {part: arm[name][part] for part in ("low", "high", "count", "of")}
        yield {"figure": name, "value": arm[name]["share"], **share}
    yield from _mending(arm["mending"])
    for step in arm["survival"]:
        at = {part: step[part] for part in ("day", "low", "high")}
        told = {"value": step["share"], "count": step["events"], "of": step["at_risk"]}
        yield {"figure": "without an incident", **told, **at}


def _mending(one: Row) -> Iterator[Row]:
    for name, count in one["cycles"].items():
        yield {"figure": f"{name} redeploys", "count": count, "of": one["over"]}
    for name in ("over", "open", "untried"):
        yield {"figure": name, "count": one[name]}
    tried = one["over"] + one["open"]
    least = one.get("is_least", False)
    yield {"figure": "mean redeploys", "value": one["mean"], "of": tried, "is_least": least}
    for figure, name in (
        ("median hours to a fix", "hours"),
        ("median days to be seen", "seen_after"),
    ):
        yield {"figure": figure, "value": one.get(name), "of": tried + one["untried"]}
