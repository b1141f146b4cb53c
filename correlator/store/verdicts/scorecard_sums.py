"""The scorecard's numbers, each with the filter that lists what it was counted from.

Only judged verdicts tell anything about accuracy, and people judge what they happen to look at:
every share comes with its interval and with how many verdicts nobody judged.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from correlator.statistics import wilson
from correlator.store.verdicts.scorecard import OPEN, RIGHT, WRONG, Scored

# Bounds of the stated confidence: below the first, a culprit is seldom named.
BANDS = (0.0, 0.55, 0.7, 0.8, 0.9, 1.0)
FILTERS = ("outcome", "named", "weights", "month", "source", "band")
Sum = dict[str, Any]


def card(rows: Sequence[Scored]) -> Sum:
    """All the scorecard says, as plain values; ``filters`` beside a number list its issues."""
    named = [row for row in rows if row.is_named]
    bands: list[list[Scored]] = [[] for _ in BANDS[1:]]
    for row in named:
        bands[band_of(row.confidence)].append(row)
    return {
        "verdicts": counted(rows, {}),
        "named": share(rows, lambda row: row.is_named, {"named": "yes"}),
        "judged": share(named, _is_judged, {"named": "yes", "outcome": "judged"}),
        "right": _right(named, {"named": "yes"}),
        "wrong": counted(_of(named, WRONG), {"named": "yes", "outcome": WRONG}),
        "brier": brier(named),
        "bands": [_band(inside, at) for at, inside in enumerate(bands)],
        "by_weights": _split(rows, "weights", lambda row: row.weights),
        "by_month": _split(rows, "month", month_of),
        "by_source": _split([row for row in rows if row.source], "source", lambda row: row.source),
    }


def chosen(rows: Iterable[Scored], filters: Mapping[str, str]) -> list[Scored]:
    """The rows that a number with these filters was counted from; empty filters choose all."""
    tests: dict[str, Callable[[Scored, str], bool]] = {
        "outcome": lambda row, wanted: (
            _is_judged(row) if wanted == "judged" else row.outcome == wanted
        ),
        "named": lambda row, wanted: row.is_named == (wanted == "yes"),
        "weights": lambda row, wanted: row.weights == wanted,
        "month": lambda row, wanted: month_of(row) == wanted,
        "source": lambda row, wanted: row.source == wanted,
        "band": lambda row, wanted: str(band_of(row.confidence)) == wanted,
    }
    asked = [(tests[name], value) for name, value in filters.items() if value and name in tests]
    return [row for row in rows if all(test(row, value) for test, value in asked)]


def number(rows: Iterable[Scored]) -> int:
    """How many verdicts these rows stand for."""
    return sum(row.times for row in rows)


def counted(rows: Sequence[Scored], filters: Mapping[str, str]) -> Sum:
    """A number and the filter that lists it."""
    return {"count": number(rows), "filters": dict(filters)}


def share(
    rows: Sequence[Scored], holds: Callable[[Scored], bool], filters: Mapping[str, str]
) -> Sum:
    """How many of the rows hold, as a number to follow and a share with its 95% interval."""
    hits, of = number(row for row in rows if holds(row)), number(rows)
    between = wilson(hits, of)
    return {
        "count": hits,
        "of": of,
        "share": hits / of if of else None,
        "low": between.low,
        "high": between.high,
        "filters": dict(filters),
    }


def brier(named: Sequence[Scored]) -> float | None:
    """Mean squared distance of what was stated from what was found (Brier 1950); None of none."""
    known = [row for row in named if _is_judged(row)]
    if not known:
        return None
    return sum((row.confidence - (row.outcome == RIGHT)) ** 2 for row in known) / len(known)


def band_of(confidence: float) -> int:
    """The number of the band of stated confidence, from 0."""
    return bisect_right(BANDS, confidence, 1, len(BANDS) - 1) - 1


def month_of(row: Scored) -> str:
    """As 2026-11: asked of thousands, for which strftime would take its time."""
    return f"{row.at.year:04}-{row.at.month:02}"


def _band(inside: Sequence[Scored], at: int) -> Sum:
    """One band: stated against found."""
    known = [row for row in inside if _is_judged(row)]
    stated = sum(row.confidence for row in known) / len(known) if known else None
    return {
        "from": BANDS[at],
        "to": BANDS[at + 1],
        "named": counted(inside, {"named": "yes", "band": str(at)}),
        "stated": stated,
        "right": _right(inside, {"named": "yes", "band": str(at)}),
    }


def _right(named: Sequence[Scored], filters: Mapping[str, str]) -> Sum:
    """Right among the judged ones."""
    known = [row for row in named if _is_judged(row)]
    return {
        **share(known, lambda row: row.outcome == RIGHT, {**filters, "outcome": RIGHT}),
        "judged": counted(known, {**filters, "outcome": "judged"}),
    }


def _split(rows: Sequence[Scored], name: str, of: Callable[[Scored], str]) -> list[Sum]:
    """The same numbers for each value of something, in its order."""
    lines = []
    groups: defaultdict[str, list[Scored]] = defaultdict(list)
    for row in rows:
        groups[of(row)].append(row)
    for value, mine in sorted(groups.items()):
        named = [row for row in mine if row.is_named]
        lines.append(
            {
                "value": value,
                "verdicts": counted(mine, {name: value}),
                "named": share(mine, lambda row: row.is_named, {name: value, "named": "yes"}),
                "right": _right(named, {name: value, "named": "yes"}),
            }
        )
    return lines


def _is_judged(row: Scored) -> bool:
    return row.outcome != OPEN


def _of(rows: Iterable[Scored], outcome: str) -> list[Scored]:
    return [row for row in rows if row.outcome == outcome]
