"""A comparison as plain values, to be kept as JSON: no infinity, nothing that only Python knows.

An interval is two numbers, of which the upper one is None where it has no end; a ratio that is
infinite is None beside counts that say why.
"""

from collections.abc import Mapping
from math import isfinite
from typing import Any

from correlator.comparison.arms import REFERENCE, UNKNOWN
from correlator.comparison.comparing import Comparison, Versus
from correlator.comparison.counting import FOLLOWED_DAYS, Counted, Rate, Unit
from correlator.comparison.power import SOUGHT
from correlator.comparison.ratios import Ratio
from correlator.comparison.summing import Arm, Mending, Share
from correlator.comparison.unknown import Bounds
from correlator.statistics import Interval, Survival

Body = dict[str, Any]
MOST_ARMS = 24


def body_of(found: Comparison) -> Body:
    """All of a comparison. Arms beyond two dozen (the smallest) are only counted; what nobody
    knows stands beside the others however many these are."""
    shown = [one for one in found.arms if one.name != UNKNOWN][:MOST_ARMS]
    shown += [one for one in found.arms if one.name == UNKNOWN]
    rest = [one for one in found.arms if one not in shown]
    named = [one for one in found.arms if one.name not in (UNKNOWN, REFERENCE.get(found.by))]
    return {
        "by": found.by.value,
        "as_of": found.as_of.isoformat(),
        "followed_days": FOLLOWED_DAYS,
        "sought": SOUGHT,
        "changes": found.changes,
        "left_out": found.left_out,
        "arms": [_arm(one) for one in shown],
        "more": {"arms": len(rest), "changes": sum(one.changes for one in rest)},
        "not_compared": max(0, len(named) - len(found.versus)),
        "versus": [_versus(one) for one in found.versus],
    }


def _arm(one: Arm) -> Body:
    return {
        "name": one.name,
        "changes": one.changes,
        "ripe": one.ripe,
        "young": one.young,
        "rates": [
            {"of": of.value, "unit": unit.value, **_rate(rate)}
            for (of, unit), rate in one.rates.items()
        ],
        "needed_fix": _share(one.needed_fix),
        "taken_back": _share(one.taken_back),
        "fixes": _share(one.fixes),
        "mending": _mending(one.mending),
        "survival": _curve(one.survival),
        "told": [
            {
                "day": each.day,
                "at_risk": each.at_risk,
                "share": round(each.share, 5),
                "low": round(each.interval.low, 5),
                "high": round(each.interval.high, 5),
            }
            for each in one.told
        ],
        "watched_days": round(one.survival.until, 1),
    }


def _versus(one: Versus) -> Body:
    return {
        "arm": one.arm,
        "against": one.against,
        "second": _arm(one.second),
        "changes": one.changes,
        "ratios": [_ratio(ratio, one.bounds) for ratio in one.ratios],
        "flips": [of.value for of in one.flips],
        "log_rank": one.log_rank,
        "needed": one.needed,
        "services": one.services,
        "few_services": one.few_services,
    }


def _ratio(one: Ratio, bounds: Mapping[tuple[Counted, Unit], Bounds]) -> Body:
    return {
        "of": one.of.value,
        "unit": one.unit.value,
        "first": _rate(one.first),
        "second": _rate(one.second),
        "issues": one.issues,
        "enough": one.enough,
        "ratio": _number(one.ratio),
        "shown": _interval(one.shown),
        "mid_p": _interval(one.mid_p),
        "exact": _interval(one.exact),
        "imputed": _interval(one.imputed),
        "clustered": _interval(one.clustered),
        "drawn": one.drawn,
        "undone_by": one.undone_by,
        "mislabelled": [
            {
                "missed": each.missed,
                "wrong": each.wrong,
                "ratio": _number(each.ratio),
                "interval": _interval(each.interval),
            }
            for each in one.mislabelled
        ],
        "alike": {
            "ratio": _number(one.alike.ratio),
            "interval": _interval(one.alike.interval) if one.alike.ratio else None,
            "strata": one.alike.strata,
        },
        "spread": one.spread,
        "p": _number(one.p),
        "q": _number(one.q),
        "word": one.word.value,
        "unknown": _bounds(bounds[one.of, one.unit]),
    }


def _bounds(ends: Bounds) -> Body:
    known = {name: getattr(ends, name) for name in ("share", "changes", "issues")}
    ratios = ("low", "high", "all_first", "all_second")
    return {**known, **{name: _number(getattr(ends, name)) for name in ratios}}


def _rate(one: Rate) -> Body:
    return {
        "expected": round(one.expected, 4),
        "issues": one.issues,
        "exposure": round(one.exposure, 4),
        "changes": one.changes,
        "rate": one.rate,
    }


def _share(one: Share) -> Body:
    return {
        "count": one.count,
        "of": one.of,
        "share": one.share,
        "low": one.interval.low if one.of else None,
        "high": one.interval.high if one.of else None,
    }


def _mending(one: Mending) -> Body:
    return {
        "cycles": dict(one.cycles),
        "over": one.over,
        "open": one.open,
        "untried": one.untried,
        "mean": one.mean,
        "is_least": one.is_least,
        "hours": one.hours,
        "seen_after": one.seen_after,
    }


def _curve(one: Survival) -> list[Body]:
    return [
        {
            "day": step.at,
            "share": round(step.share, 5),
            "low": round(step.interval.low, 5),
            "high": round(step.interval.high, 5),
            "at_risk": step.at_risk,
            "events": step.events,
        }
        for step in one.steps
    ]


def _interval(one: Interval | None) -> list[float | None] | None:
    return [_number(one.low), _number(one.high)] if one else None


def _number(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None
