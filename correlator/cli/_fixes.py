"""How all fixes fared, as a terminal reads it: the numbers of the page, in its order."""

from collections.abc import Iterator, Mapping
from typing import Any

from correlator.plurals import many

NAMES = {
    "ai": "AI",
    "mixed": "AI and human",
    "human": "human",
    "automation": "automation",
    "unknown": "unknown",
}


def in_words(told: Mapping[str, Any]) -> Iterator[str]:
    """Lines of text from ``store.fixes.sums`` with ``days``, ``money`` and ``changes``."""
    if not told["total"]["count"]:
        yield f"No issue began in the last {told['days']} days."
        return
    waiting = told["waiting"]
    states = ", ".join(f"{one['count']} {one['state']}" for one in waiting["states"]
                       if one["count"])  # fmt: skip
    yield f"Of what began in the last {told['days']} days:"
    yield f"open attempts      {waiting['tried']['count']}{f' ({states})' if states else ''}"
    yield f"open, none tried   {waiting['untried']['count']}"
    yield ""
    yield f"redeploy cycles    {'1':>9} {'2-3':>9} {'4-6':>9} {'7+':>9}   mean (95%)"
    yield _row("all", told["cycles"])
    for one in told["by_culprit"]:
        yield _row(f"culprit: {NAMES[one['author']]}", one)
    for one in told["by_fix"]:
        yield _row(f"fix: {NAMES[one['author']]}", one)
    if told["ai_of_ai"]["tried"]["count"]:
        yield _row("fix: AI of AI's own", told["ai_of_ai"])
    yield "  (held + open; open ones will have at least so many)"
    yield ""
    for one in told["seen_first"]:
        name = f" of {NAMES[one['author']]} changes" if one["author"] else ""
        yield f"caught before full roll-out{name}: {_share(one, 'early')}"
    yield f"changes that mend others: {_share(told['changes'], 'mending')}"
    cost, money = told["cost"], told["money"]
    yield (
        f"cost: {cost['hours_open']:,.0f} h open, {many(cost['redeploys'], 'redeploy')},"
        f" {many(cost['people'], 'person', 'people')}, {many(cost['users'], 'user')} hit"
        + (f", {money['amount']:,.2f} {money['currency']}" if money else "")
    )


def _row(name: str, one: Mapping[str, Any]) -> str:
    cells = [f"{each['held']['count']} + {each['open']['count']}" for each in one["bins"]]
    return f"{name:22} " + " ".join(f"{cell:>9}" for cell in cells) + f"   {_mean(one)}"


def _mean(one: Mapping[str, Any]) -> str:
    if one["mean"] is None:
        return "not enough data"
    least = "at least " if one["is_least"] else ""
    between = f" ({one['low']:.1f} to {one['high']:.1f})" if one["low"] is not None else ""
    return f"{least}{one['mean']:.1f}{between}"


def _share(one: Mapping[str, Any], name: str) -> str:
    if one["share"] is None:
        return "none to count"
    return f"{one[name]['count']} of {one['all']['count']} ({one['low']:.0%} to {one['high']:.0%})"
