"""Three things worth doing, each by a rule that is told, with the numbers that it was chosen by.

The rules stand in the order in which they help most: what hurts now and has a name, what came
back, what grows, what nobody can see. A rule whose condition does not hold says nothing; fewer
than three is an answer.
"""

from collections.abc import Callable, Iterator

from correlator.report.document import Advice, Fact, Measure
from correlator.report.impact import blamed, expected, key_of, name_of
from correlator.report.lists import Lists, change_path, issue_path, of_issue
from correlator.report.movement import Moved, Trend, has_returned
from correlator.report.words import count, many, times
from correlator.types import WeekFacts, WeekIssue

MOST = 3
# A suspect this likely is worth a look before any other.
LIKELY = 0.5
# What would have caught failures of a kind on a platform; empty: nothing that is known.
Advise = Callable[[str, str], str]
Rule = Callable[[WeekFacts, list[Moved], Lists, Advise], Iterator[Advice]]


def worth_doing(
    facts: WeekFacts, moved: list[Moved], lists: Lists, checks: Advise
) -> tuple[Advice, ...]:
    """At most three, by the first rules that hold."""
    rules: tuple[Rule, ...] = (_costliest_change, _returned, _growing, _costliest_class, _blind)
    found: list[Advice] = []
    for rule in rules:
        found.extend(rule(facts, moved, lists, checks))
    return tuple(found[:MOST])


def _costliest_change(
    facts: WeekFacts, _moved: list[Moved], lists: Lists, _checks: Advise
) -> Iterator[Advice]:
    for pairs in blamed(facts):
        open_now = [one for one in pairs if one[0].status == "open" and not one[0].mended]
        suspect = max(pairs, key=lambda pair: pair[1].probability)[1]
        if not open_now or suspect.probability < LIKELY:
            continue
        items = [of_issue(issue, chance=one.probability) for issue, one in pairs]
        title = f"Issues that {name_of(suspect)} may have caused"
        word = "Mend or revert" if suspect.confirmed else "Look at, then mend or revert,"
        yield Advice(
            title=f"{word} {name_of(suspect)}",
            because=(
                f"About {count(round(expected(pairs)))} events of the week are its doing, and "
                f"{many(len(open_now), 'of its issues is', 'of its issues are')} still open, with "
                "no fix that held."
            ),
            rule=(
                f"The change with the most expected events, at least {LIKELY:.0%} likely, with an "
                "issue that is still open and that no fix has mended."
            ),
            path=change_path(suspect.repo, suspect.sha),
            facts=(
                Fact(
                    "Expected events",
                    lists.number(key_of(suspect), title, items, Measure.EXPECTED),
                ),
                Fact("Issues", lists.number(key_of(suspect), title, items)),
            ),
        )
        return


def _returned(
    facts: WeekFacts, _moved: list[Moved], lists: Lists, _checks: Advise
) -> Iterator[Advice]:
    back = [one for one in facts.issues if has_returned(one, facts.week)]
    if back:
        worst = max(back, key=lambda one: (one.events, -one.id))
        yield Advice(
            title=f"Find out why {worst.short} came back",
            because=f"{worst.title} was silent for {facts.weeks_before} weeks and is here again.",
            rule="The issue with the most events among those that came back.",
            path=issue_path(worst.id),
            facts=(_events(worst, lists),),
        )


def _growing(
    facts: WeekFacts, moved: list[Moved], lists: Lists, checks: Advise
) -> Iterator[Advice]:
    growing = [one for one in moved if one.trend is Trend.GROWING]
    if growing:
        worst = max(growing, key=lambda one: one.events - one.events_before / facts.weeks_before)
        yield _for_class(
            worst,
            lists,
            checks,
            title=f"Stop “{worst.sort.label}” from growing",
            because=f"Its rate is {times(worst.ratio)} that of the weeks before.",
            rule="The class that grew by the most events, where chance is an unlikely reason.",
        )


def _costliest_class(
    _facts: WeekFacts, moved: list[Moved], lists: Lists, checks: Advise
) -> Iterator[Advice]:
    known = [
        one
        for one in moved
        if any(issue.events and not issue.mended for issue in one.issues)
        and checks(one.kind, one.platform)
    ]
    if known:
        worst = max(known, key=lambda one: (one.events, one.sort.mark))
        if worst.trend is not Trend.GROWING:
            yield _for_class(
                worst,
                lists,
                checks,
                title=f"Add a check against “{worst.sort.label}”",
                because=f"It cost {many(worst.events, 'event')} this week.",
                rule="The class with the most events among those that a known check would catch.",
            )


def _for_class(
    moved: Moved, lists: Lists, checks: Advise, *, title: str, because: str, rule: str
) -> Advice:
    items = [of_issue(one) for one in moved.issues if one.events]
    key, name = f"class-{moved.sort.mark}", f"{moved.sort.label}: this week"
    check = checks(moved.kind, moved.platform)
    return Advice(
        title=title,
        because=f"{because} {check}".strip(),
        rule=rule,
        path=moved.sort.path,
        facts=(
            Fact("Events", lists.number(key, name, items, Measure.EVENTS)),
            Fact("Issues", lists.number(key, name, items)),
        ),
    )


def _blind(
    facts: WeekFacts, _moved: list[Moved], lists: Lists, _checks: Advise
) -> Iterator[Advice]:
    silent = [one for one in facts.issues if one.events and not one.suspects]
    if not silent:
        return
    worst = max(silent, key=lambda one: (one.users, one.events, -one.id))
    items = [of_issue(one) for one in silent]
    figure = lists.number("no-culprit", "Issues without a culprit", items)
    why = f" The verdict says: {worst.silence.replace('-', ' ')}." if worst.silence else ""
    yield Advice(
        title=f"Look at {worst.short}: no change is named for it",
        because=f"{worst.title} has no culprit.{why}",
        rule="The issue that hit the most users (then events) among those without a culprit.",
        path=issue_path(worst.id),
        facts=(_events(worst, lists), Fact("Issues without a culprit", figure)),
    )


def _events(issue: WeekIssue, lists: Lists) -> Fact:
    figure = lists.number(f"issue-{issue.id}", issue.short, [of_issue(issue)], Measure.EVENTS)
    return Fact("Events", figure)
