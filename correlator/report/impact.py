"""Changes with the most impact, and what came of fixes."""

from collections import defaultdict

from correlator.report.document import Cell, Fact, Item, Measure, Section, Table
from correlator.report.lists import Lists, change_path, issue_path, of_issue
from correlator.report.words import author, many
from correlator.types import FixOutcome, WeekFacts, WeekIssue, WeekSuspect

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


def fixes(facts: WeekFacts, lists: Lists) -> Section:
    """Fixes that were decided on in the week, and the redeploys that they took."""
    heading = "Fixes and redeploy cycles"
    if facts.fixes is None:
        return Section("fixes", heading, "Fix attempts are not tracked here yet.")
    by_state: defaultdict[str, list[FixOutcome]] = defaultdict(list)
    for one in facts.fixes:
        by_state[one.state].append(one)
    told = tuple(
        Fact(
            state.capitalize(),
            lists.number(
                f"fixes-{state.replace(' ', '-')}",
                f"Fixes: {state}",
                [_item(one) for one in by_state[state]],
            ),
        )
        for state in ("held", "reduced", "came back")
    )
    if not facts.fixes:
        return Section("fixes", heading, "No fix was decided on this week.", told)
    rows = tuple(
        (
            Cell(f"{one.short} {one.title}", issue_path(one.issue_id)),
            Cell(one.state),
            Cell(many(one.cycles, "redeploy cycle")),
            Cell(one.because),
        )
        for one in facts.fixes[:ROWS]
    )
    lead = f"{many(len(facts.fixes), 'fix', 'fixes')} could be decided on by what was seen since."
    table = Table(("Issue", "Fix", "It took", "Because"), rows)
    return Section("fixes", heading, lead, told, table)


def _item(one: FixOutcome) -> Item:
    return Item(
        title=f"{one.short} {one.title}",
        path=issue_path(one.issue_id),
        note=f"{one.state}, {many(one.cycles, 'redeploy cycle')}",
    )
