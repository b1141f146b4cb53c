"""The numbers of all fixes, each with the filter that lists what it was counted from.

Cycles of what is still open are censored, never dropped: of three attempts that failed one knows
that it takes more than three, of a third that is too early to tell, that it takes more than two.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from correlator.statistics import mean_time, median_time, wilson
from correlator.store.fixes.counts import (
    BINS,
    EARLY,
    FULL,
    HELD,
    NO,
    OPEN,
    UNACTED,
    USERS,
    YES,
    Beginning,
    Group,
)
from correlator.store.fixes.lists import Touched
from correlator.types import AttemptState, Author

Sum = dict[str, Any]
NOBODY = Touched(0, 0)
# With fewer that held, only counts are shown.
FEWEST = 5
# The newest attempt may still be the one that holds.
UNDECIDED = (AttemptState.TOO_EARLY, AttemptState.UNEXERCISED, AttemptState.HELD)
# Of open episodes with attempts, in the order in which somebody should look at them.
STATES = (
    AttemptState.CAME_BACK,
    AttemptState.REDUCED,
    AttemptState.UNEXERCISED,
    AttemptState.SUPERSEDED,
    AttemptState.TOO_EARLY,
)
STAGES = ("ci", "staging", "canary", FULL)
MONTHS = 12


def sums(groups: Sequence[Group], began: Sequence[Beginning], touched: Touched = NOBODY) -> Sum:
    """All of the page, as plain values; ``filters`` beside a number list its episodes."""
    return {
        "total": _count(groups, {}),
        "waiting": _waiting(groups),
        "cycles": spread(groups, {}),
        "by_culprit": _by(groups, "culprit", lambda one: one.culprit),
        "by_fix": _by([one for one in groups if one.cycles], "fix", lambda one: one.fix),
        "ai_of_ai": spread(
            [one for one in groups if (one.culprit, one.fix) == (Author.AI, Author.AI)],
            {"culprit": Author.AI.value, "fix": Author.AI.value},
        ),
        "seen_first": _seen_first(began),
        "trend": _trend(began),
        "users": [
            {"from": low, "to": high if high < USERS[-1][1] else None,
             **_begun([one for one in began if one.users == low],
                      {"first": YES, "users": str(low)})}
            for low, high in USERS
        ],
        "nobody_acted": _begun(
            [one for one in began if one.users == UNACTED], {"first": YES, "users": str(UNACTED)}
        ),
        "cost": _cost(groups, touched),
    }  # fmt: skip


def _count(groups: Iterable[Group], filters: Mapping[str, str]) -> Sum:
    return {"count": sum(one.number for one in groups), "filters": dict(filters)}


def _begun(began: Iterable[Beginning], filters: Mapping[str, str]) -> Sum:
    return {"count": sum(one.number for one in began), "filters": dict(filters)}


def _waiting(groups: Sequence[Group]) -> Sum:
    """What is open, by what became of the newest attempt."""
    still = [one for one in groups if one.is_open]
    tried = [one for one in still if one.cycles]
    untried = [one for one in still if not one.cycles]
    never = [one for one in untried if one.state == AttemptState.NEVER_DEPLOYED]
    opened = {"course": OPEN}
    return {
        "open": _count(still, opened),
        "tried": _count(tried, {**opened, "tried": YES}),
        "untried": _count(untried, {**opened, "tried": NO}),
        "never_deployed": _count(
            never, {**opened, "tried": NO, "state": AttemptState.NEVER_DEPLOYED.value}
        ),
        "states": [
            {
                "state": state.value,
                **_count(
                    [one for one in tried if one.state == state],
                    {**opened, "tried": YES, "state": state.value},
                ),
            }
            for state in STATES
        ],
    }


def spread(groups: Sequence[Group], filters: Mapping[str, str]) -> Sum:
    """How many redeploys fixes took: the bins of the public survey, and the mean."""
    tried = [one for one in groups if one.cycles]
    held = [one for one in tried if not one.is_open]
    still = [one for one in tried if one.is_open]
    times: Counter[tuple[float, bool]] = Counter()
    for one in tried:
        times[_time(one)] += one.number
    mean = mean_time(times) if sum(one.number for one in held) >= FEWEST else None
    is_sure = mean is not None and mean.interval.high > mean.interval.low
    return {
        "tried": _count(tried, {**filters, "tried": YES}),
        "held": _count(held, {**filters, "tried": YES, "course": HELD}),
        "open": _count(still, {**filters, "tried": YES, "course": OPEN}),
        "bins": [_bin(tried, filters, bounds, "cycles") for bounds in BINS[1:]],
        "forward": [_bin(tried, filters, bounds, "forward") for bounds in BINS],
        "mean": mean.mean if mean else None,
        "is_least": mean.is_least if mean else False,
        "low": max(mean.interval.low, 1.0) if mean and is_sure else None,
        "high": mean.interval.high if mean and is_sure else None,
        "median": median_time(times) if mean else None,
    }


def _time(one: Group) -> tuple[float, bool]:
    """Attempts until one held, or those that surely did not while it is open."""
    if not one.is_open:
        return one.cycles, True
    return one.cycles - (one.state in UNDECIDED), False


def _bin(
    tried: Sequence[Group], filters: Mapping[str, str], bounds: tuple[int, int], name: str
) -> Sum:
    """Those with so many cycles: that held, and open ones, which will have at least so many."""
    low, high = bounds
    mine = [one for one in tried if low <= _counted(one, name) <= high]
    asked = {**filters, "tried": YES, name: str(low)}
    return {
        "from": low,
        "to": high if high < BINS[-1][1] else None,
        "held": _count([one for one in mine if not one.is_open], {**asked, "course": HELD}),
        "open": _count([one for one in mine if one.is_open], {**asked, "course": OPEN}),
    }


def _counted(one: Group, name: str) -> int:
    return one.cycles - one.roll_backs if name == "forward" else one.cycles


def _by(groups: Sequence[Group], name: str, of: Callable[[Group], str]) -> list[Sum]:
    """The same for each answer to who or what wrote it; those that occur."""
    found = []
    for author in Author:
        mine = [one for one in groups if of(one) == author]
        if any(one.cycles for one in mine):
            found.append({"author": author.value, **spread(mine, {name: author.value})})
    return found


def _seen_first(began: Sequence[Beginning]) -> list[Sum]:
    """Stages by culprit, all first; the share that was caught before everybody had it."""
    authors = [("", list(began))] + [
        (author.value, [one for one in began if one.culprit == author]) for author in Author
    ]
    return [
        {"author": author or None, **_caught(mine, {"culprit": author} if author else {})}
        for author, mine in authors
        if mine or not author
    ]


def _caught(began: Sequence[Beginning], filters: Mapping[str, str]) -> Sum:
    asked = {**filters, "first": YES}
    early = [one for one in began if one.stage not in (FULL, "")]
    total = sum(one.number for one in began)
    hits = sum(one.number for one in early)
    between = wilson(hits, total) if total else None
    return {
        "all": _begun(began, asked),
        "early": _begun(early, {**asked, "stage": EARLY}),
        "share": hits / total if total else None,
        "low": between.low if between else None,
        "high": between.high if between else None,
        "stages": [
            {
                "stage": stage,
                **_begun([one for one in began if one.stage == stage], {**asked, "stage": stage}),
            }
            for stage in STAGES
        ],
    }


def _trend(began: Sequence[Beginning]) -> list[Sum]:
    """The share caught early by month, of all and by culprit, the newest months."""
    months = sorted({one.month for one in began})[-MONTHS:]
    found = []
    for month in months:
        mine = [one for one in began if one.month == month]
        by = [
            {"author": author.value, **_caught(theirs, {"month": month, "culprit": author.value})}
            for author in Author
            if (theirs := [one for one in mine if one.culprit == author])
        ]
        found.append({"month": month, **_caught(mine, {"month": month}), "by": by})
    return found


def _cost(groups: Sequence[Group], touched: Touched) -> Sum:
    """What it cost. Users are added up by issue: whom two issues hit counts twice."""
    return {
        "hours_open": sum(one.seconds for one in groups) / 3600,
        "redeploys": sum(one.cycles * one.number for one in groups),
        "people": touched.people,
        "users": touched.users,
        "of": _count(groups, {}),
        "of_people": {"count": touched.people, "whose": {}},
        "of_tried": _count([one for one in groups if one.cycles], {"tried": YES}),
        "of_first": _count([one for one in groups if one.is_first], {"first": YES}),
    }


def money(cost: Mapping[str, Any], currency: str, rates: tuple[float, float]) -> Sum | None:
    """What it cost at these rates, of an open hour and of a redeploy; None where none is set."""
    if not currency or not any(rates):
        return None
    amount = cost["hours_open"] * rates[0] + cost["redeploys"] * rates[1]
    return {"currency": currency, "amount": round(amount, 2)}
