"""Writes a report from what a week was. Pure: the same values give the same report."""

from correlator.report import advising, deploying, impact, mending, people
from correlator.report.advising import Advise
from correlator.report.calendar import week_before, zone_named
from correlator.report.document import Bars, Cell, Fact, Mark, Measure, Report, Section, Table
from correlator.report.lists import Lists, issue_path, of_issue, of_issue_before
from correlator.report.movement import Moved, Trend, has_returned, is_first, is_new, movements
from correlator.report.words import many, times
from correlator.types import Week, WeekFacts, WeekIssue

ROWS = 10
CLASSES = "Failure classes, and kinds of what is in none"
FIRST_WEEK = "First week: nothing to compare with yet."


def write_report(facts: WeekFacts, plan: str, checks: Advise) -> Report:
    """The report of a week. ``checks``: what would have caught failures of
    a kind on a platform."""
    lists, moved = Lists(), movements(facts)
    week, scope = facts.week, facts.scope
    title = f"{plan}: failures in {scope.environment}, {week.name}" if plan else (
        f"Failures in {scope.environment}, {week.name}"
    )  # fmt: skip
    return Report(
        title=title,
        plan=plan,
        week=week.name,
        zone=week.zone,
        environment=scope.environment,
        services=scope.services,
        since=week.since.isoformat(),
        until=week.until.isoformat(),
        span=span(week),
        summary=_summary(facts, moved),
        facts=_facts(facts, lists),
        advice=advising.worth_doing(facts, moved, lists, checks),
        sections=(
            _classes(facts, moved, lists),
            _issues(facts, lists),
            impact.changes(facts, lists),
            mending.fixes(facts, lists),
            people.authors(facts, lists),
            deploying.deploys(facts, lists),
            deploying.caught(facts, lists),
            people.decisions(facts, lists),
        ),
        notes=_notes(facts),
        lists=lists.kept,
    )


def span(week: Week) -> str:
    """The days of a week and its zone: Mon 16 Nov to Sun 22 Nov 2026, Europe/Berlin."""
    zone = zone_named(week.zone)
    first, after = week.since.astimezone(zone), week.until.astimezone(zone)
    last = week_before(week, -1).since.astimezone(zone).toordinal() - 1
    return f"{first:%a %d %b} to {after.fromordinal(last):%a %d %b %Y}, {week.zone}"


def active(facts: WeekFacts) -> list[WeekIssue]:
    """Issues with events in the week."""
    return [one for one in facts.issues if one.events]


def _summary(facts: WeekFacts, moved: list[Moved]) -> str:
    where, issues = facts.scope.environment, active(facts)
    if not issues:
        quiet = f"A quiet week: no errors reached us from {where}."
        return f"{quiet} {FIRST_WEEK}" if is_first(facts) and not facts.issues else quiet
    events = sum(one.events for one in issues)
    said = f"{many(events, 'event')} of {many(len(issues), 'issue')} in {where}."
    if is_first(facts):
        return f"{said} {FIRST_WEEK}"
    told = [
        f"{sum(one.trend is trend for one in moved)} {trend}"
        for trend in (Trend.NEW, Trend.RETURNED, Trend.GROWING, Trend.SHRINKING, Trend.FIXED)
        if any(one.trend is trend for one in moved)
    ]
    return f"{said} Sorts of failure: {', '.join(told) if told else 'none moved beyond chance'}."


def _facts(facts: WeekFacts, lists: Lists) -> tuple[Fact, ...]:
    items = [of_issue(one) for one in active(facts)]
    new = [of_issue(one) for one in active(facts) if is_new(one, facts.week)]
    return (
        Fact("Events", lists.number("issues", "Issues of the week", items, Measure.EVENTS)),
        Fact("Issues", lists.number("issues", "Issues of the week", items)),
        Fact("New issues", lists.number("new", "Issues that began this week", new)),
        Fact(
            "Users hit",
            lists.number("issues", "Issues of the week", items, Measure.USERS),
            "counted once an issue",
        ),
    )


def _classes(facts: WeekFacts, moved: list[Moved], lists: Lists) -> Section:
    if not moved:
        return Section("classes", CLASSES, "No failures in these weeks.")
    rows = tuple(_class_row(one, lists) for one in moved)
    lead = FIRST_WEEK if is_first(facts) else (
        f"Against the {facts.weeks_before} weeks before ({facts.hours_before / 24:.0f} days were "
        "watched; the chart leaves out a week that was watched in part). The rate is that of "
        "five-minute bursts, so that one fault in a loop counts once; growing and shrinking are "
        "said only where chance is an unlikely reason."
    )  # fmt: skip
    columns = ("Class, or kind", "Trend", "Events", "Weeks before", "Rate against before")
    return Section(
        "classes",
        CLASSES,
        lead,
        table=Table(columns, rows),
        bars=_bars(facts, lists, "Events by week", Measure.EVENTS),
    )


def _class_row(moved: Moved, lists: Lists) -> tuple[Cell, ...]:
    mark, label = moved.sort.mark, moved.sort.label
    now = [of_issue(one) for one in moved.issues if one.events]
    before = [of_issue_before(one) for one in moved.issues if sum(one.before)]
    key = f"class-{mark}"
    return (
        Cell(label, moved.sort.path),
        Cell(moved.trend),
        Cell(figure=lists.number(key, f"{label}: this week", now, Measure.EVENTS)),
        Cell(
            figure=lists.number(
                f"{key}-before", f"{label}: the weeks before", before, Measure.EVENTS
            )
        ),
        Cell(times(moved.ratio)),
    )


def _bars(facts: WeekFacts, lists: Lists, title: str, measure: Measure) -> Bars:
    """Events or users by week, of the weeks that were watched from their beginning, and this
    one."""
    marks = []
    for place in range(facts.weeks_before):
        week = week_before(facts.week, facts.weeks_before - place)
        if (facts.week.since - week.since).total_seconds() / 3600 > facts.hours_before:
            continue
        items = [of_issue_before(one, place) for one in facts.issues if one.before[place]]
        figure = lists.number(f"week-{week.name}", f"Issues of {week.name}", items, measure)
        marks.append(Mark(week.name, figure))
    items = [of_issue(one) for one in active(facts)]
    figure = lists.number("issues", "Issues of the week", items, measure)
    return Bars(title, (*marks, Mark(facts.week.name, figure)))


def _issues(facts: WeekFacts, lists: Lists) -> Section:
    new = [one for one in active(facts) if is_new(one, facts.week)]
    back = [one for one in active(facts) if has_returned(one, facts.week)]
    told = (
        Fact(
            "New issues",
            lists.number("new", "Issues that began this week", [of_issue(one) for one in new]),
        ),
        Fact(
            "Returned",
            lists.number("returned", "Issues that came back", [of_issue(one) for one in back]),
            f"silent for {facts.weeks_before} weeks, and seen before that",
        ),
    )
    users = _bars(facts, lists, "Users hit by week", Measure.USERS) if facts.issues else None
    shown = [("new", one) for one in new] + [("returned", one) for one in back]
    if not shown:
        lead = "None began and none came back."
        return Section("issues", "New and returned issues", lead, told, bars=users)
    rows = tuple(_issue_row(word, one, lists) for word, one in shown[:ROWS])
    more = f" The {ROWS} with the most events are shown." if len(shown) > ROWS else ""
    table = Table(("Issue", "", "Class", "Events", "Users"), rows)
    lead = f"{many(len(new), 'issue')} began, {len(back)} came back.{more}"
    return Section("issues", "New and returned issues", lead, told, table, users)


def _issue_row(word: str, issue: WeekIssue, lists: Lists) -> tuple[Cell, ...]:
    key, items = f"issue-{issue.id}", [of_issue(issue)]
    return (
        Cell(f"{issue.short} {issue.title}", issue_path(issue.id)),
        Cell(word),
        Cell(issue.sort.label),
        Cell(figure=lists.number(key, issue.short, items, Measure.EVENTS)),
        Cell(figure=lists.number(key, issue.short, items, Measure.USERS)),
    )


def _notes(facts: WeekFacts) -> tuple[str, ...]:
    notes = [
        "Written once and kept: events that arrive late do not change it. An issue's own page "
        "shows how things stand now.",
        "Users are those that the kept events name; whoever is hit by two issues counts in both.",
    ]
    if facts.week.hours != 168:
        notes.append(
            f"The clocks were changed: this week had {facts.week.hours:.0f} hours. Rates allow "
            "for that, counts do not."
        )
    if any(at.minute for at in (facts.week.since, facts.week.until)):
        notes.append(
            "Events are counted by the UTC hour; the hours at the week's ends belong to the week "
            "that they begin in."
        )
    return tuple(notes)
