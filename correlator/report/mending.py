"""What came of fixes, and the redeploy cycles that they took."""

from collections.abc import Sequence

from correlator.report.document import Cell, Fact, Item, Section, Table
from correlator.report.lists import Lists, issue_path
from correlator.report.words import many
from correlator.types import AttemptState, FixOutcome, FixTry, WeekFacts

ROWS = 8
HEADING = "Fixes and redeploy cycles"
STATES = (AttemptState.HELD, AttemptState.REDUCED, AttemptState.CAME_BACK)


def fixes(facts: WeekFacts, lists: Lists) -> Section:
    """Fixes that were decided on in the week, what they took, and what went out to mend."""
    if facts.fixes is None:
        lead = (
            "No fix was followed yet. One is found by what a commit, a pull request, Sentry or a "
            "person says it mends, and followed from the first deploy marker that brings it."
        )
        return Section("fixes", HEADING, lead)
    by_state = {state: [one for one in facts.fixes if one.state == state] for state in STATES}
    took = [one for fix in by_state[AttemptState.HELD] for one in fix.tries]
    told = (
        *(
            Fact(
                state.capitalize(),
                lists.number(
                    f"fixes-{state.replace(' ', '-')}",
                    f"Fixes: {state}",
                    [_item(one) for one in by_state[state]],
                ),
            )
            for state in STATES
        ),
        _number(lists, "fixes-cycles", "Redeploy cycles of those that held", took),
        _number(lists, "fixes-tried", "Roll-outs of the week that carried a fix", facts.tried),
    )
    if not facts.fixes:
        return Section("fixes", HEADING, "No fix was decided on this week.", told)
    order = {state.value: place for place, state in enumerate(reversed(STATES))}
    shown = sorted(facts.fixes, key=lambda one: (order[one.state], -one.cycles, one.at))
    table = Table(
        ("Issue", "Fix", "Redeploy cycles", "Because"),
        tuple(_row(one, lists) for one in shown[:ROWS]),
    )
    lead = f"{many(len(facts.fixes), 'fix', 'fixes')} could be decided on by what was seen since."
    return Section("fixes", HEADING, lead, told, table)


def _number(lists: Lists, key: str, title: str, tries: Sequence[FixTry]) -> Fact:
    return Fact(title, lists.number(key, title, map(_tried, tries)))


def _row(fix: FixOutcome, lists: Lists) -> tuple[Cell, ...]:
    title = f"What was rolled out to mend {fix.short}"
    key = f"cycles-{fix.issue_id}-{fix.cycles}"
    return (
        Cell(f"{fix.short} {fix.title}", issue_path(fix.issue_id)),
        Cell(fix.state),
        Cell(figure=lists.number(key, title, map(_tried, fix.tries))),
        Cell(fix.because),
    )


def _item(fix: FixOutcome) -> Item:
    return Item(
        title=f"{fix.short} {fix.title}",
        path=issue_path(fix.issue_id),
        note=f"{fix.state}, {many(fix.cycles, 'redeploy cycle')}. {fix.because}",
    )


def _tried(one: FixTry) -> Item:
    back = ", a roll-back" if one.is_roll_back else ""
    return Item(
        title=f"{one.short}: {one.release}",
        path=one.path,
        note=f"{one.at:%a %d %b %H:%M} UTC{back}, {one.state}",
    )
