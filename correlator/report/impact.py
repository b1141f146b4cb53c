"""Changes with the most impact."""

from collections import defaultdict

from correlator.report.document import Cell, Fact, Measure, Section, Table
from correlator.report.lists import Lists, change_path, of_issue
from correlator.report.words import author, many
from correlator.types import WeekFacts, WeekIssue, WeekSuspect

ROWS = 5
# A suspect less likely than this is not told of as a change with impact.
LEAST = 0.1
Blamed = list[tuple[WeekIssue, WeekSuspect]]


def blamed(facts: WeekFacts) -> list[Blamed]:
    """By change, the issues of the week that it may have caused; the most expected events first."""
    by_change: defaultdict[tuple[str, str], Blamed] = defaultdict(list)
    for issue in facts.issues:
        for suspect in issue.suspects:
            if issue.events and suspect.probability >= LEAST:
                by_change[(suspect.repo, suspect.sha)].append((issue, suspect))
    return sorted(by_change.values(), key=lambda one: (-expected(one), one[0][1].sha))


def expected(pairs: Blamed) -> float:
    """Events that are a change's: each issue's, times the probability that it is the culprit."""
    return sum(issue.events * suspect.probability for issue, suspect in pairs)


def key_of(suspect: WeekSuspect) -> str:
    """The key of a change's list."""
    return f"change-{suspect.sha[:16]}"


def name_of(suspect: WeekSuspect) -> str:
    """A change by its subject and the beginning of its hash."""
    return f"{suspect.subject or 'change'} ({suspect.sha[:8]})"


def changes(facts: WeekFacts, lists: Lists) -> Section:
    """The changes with the most impact on the week."""
    found = blamed(facts)
    silent = [of_issue(one) for one in facts.issues if one.events and not one.suspects]
    title = "Issues without a culprit"
    told = (Fact(title, lists.number("no-culprit", title, silent)),)
    heading = "Changes with the most impact"
    if not found:
        return Section("changes", heading, "No change was named as a culprit.", told)
    rows = tuple(_row(pairs, lists) for pairs in found[:ROWS])
    columns = ("Change", "Written by", "Expected events", "Events", "Users", "Issues")
    lead = (
        f"{many(len(found), 'change')} may have caused issues of the week. Expected events are an "
        "issue's events times the probability that the change is its culprit; a confirmed "
        "culprit counts in full, one that was ruled out not at all."
    )
    return Section("changes", heading, lead, told, Table(columns, rows))


def _row(pairs: Blamed, lists: Lists) -> tuple[Cell, ...]:
    suspect = pairs[0][1]
    items = [of_issue(issue, chance=one.probability) for issue, one in pairs]
    key, title = key_of(suspect), f"Issues that {name_of(suspect)} may have caused"

    def number(measure: Measure) -> Cell:
        return Cell(figure=lists.number(key, title, items, measure))

    return (
        Cell(name_of(suspect), change_path(suspect.repo, suspect.sha)),
        Cell(author(suspect.author)),
        number(Measure.EXPECTED),
        number(Measure.EVENTS),
        number(Measure.USERS),
        number(Measure.ROWS),
    )
