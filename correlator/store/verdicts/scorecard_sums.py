"""The scorecard's numbers, each with the filter that lists what it was counted from.

Only judged verdicts tell anything about accuracy, and people judge what they happen to look at:
every share comes with its interval and with how many verdicts nobody judged.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from correlator.statistics import wilson
from correlator.store.verdicts.scorecard import BANDS, JUDGED, Alike
from correlator.store.verdicts.scored import OPEN, RIGHT, WRONG

FILTERS = ("outcome", "named", "weights", "month", "source", "band")
Sum = dict[str, Any]


def card(rows: Sequence[Alike]) -> Sum:
    """All the scorecard says, as plain values; ``filters`` beside a number list its issues."""
    named = [row for row in rows if row.is_named]
    bands: list[list[Alike]] = [[] for _ in BANDS[1:]]
    for row in named:
        bands[row.band].append(row)
    return {
        "verdicts": counted(rows, {}),
        "named": share(rows, lambda row: row.is_named, {"named": "yes"}),
        "judged": share(named, _is_judged, {"named": "yes", "outcome": JUDGED}),
        "right": _right(named, {"named": "yes"}),
        "wrong": counted(_of(named, WRONG), {"named": "yes", "outcome": WRONG}),
        "brier": brier(named),
        "bands": [_band(inside, at) for at, inside in enumerate(bands)],
        "by_weights": _split(rows, "weights", lambda row: row.weights),
        "by_month": _split(rows, "month", lambda row: row.month),
        "by_source": _split([row for row in rows if row.source], "source", lambda row: row.source),
    }


def number(rows: Iterable[Alike]) -> int:
    """How many verdicts these rows stand for."""
    return sum(row.times for row in rows)


def counted(rows: Sequence[Alike], filters: Mapping[str, str]) -> Sum:
    """A number and the filter that lists it."""
    return {"count": number(rows), "filters": dict(filters)}


def share(rows: Sequence[Alike], holds: Callable[[Alike], bool], filters: Mapping[str, str]) -> Sum:
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


def brier(named: Sequence[Alike]) -> float | None:
    """Mean squared distance of what was stated from what was found (Brier 1950); None of none."""
    known = [row for row in named if _is_judged(row)]
    if not known:
        return None
    return sum(row.missed for row in known) / number(known)


def _band(inside: Sequence[Alike], at: int) -> Sum:
    """One band: stated against found."""
    known = [row for row in inside if _is_judged(row)]
    stated = sum(row.stated for row in known) / number(known) if known else None
    return {
        "from": BANDS[at],
        "to": BANDS[at + 1],
        "named": counted(inside, {"named": "yes", "band": str(at)}),
        "stated": stated,
        "right": _right(inside, {"named": "yes", "band": str(at)}),
    }


def _right(named: Sequence[Alike], filters: Mapping[str, str]) -> Sum:
    """Right among the judged ones."""
    known = [row for row in named if _is_judged(row)]
    return {
        **share(known, lambda row: row.outcome == RIGHT, {**filters, "outcome": RIGHT}),
        "judged": counted(known, {**filters, "outcome": JUDGED}),
    }


def _split(rows: Sequence[Alike], name: str, of: Callable[[Alike], str]) -> list[Sum]:
    """The same numbers for each value of something, in its order."""
    lines = []
    groups: defaultdict[str, list[Alike]] = defaultdict(list)
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


def _is_judged(row: Alike) -> bool:
    return row.outcome != OPEN


def _of(rows: Iterable[Alike], outcome: str) -> list[Alike]:
    return [row for row in rows if row.outcome == outcome]
