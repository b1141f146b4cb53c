"""Deploys and what began in them, and what was caught before users."""

from collections.abc import Sequence

from correlator.report.document import Cell, Fact, Section, Table
from correlator.report.lists import Lists, issue_path, of_deploy, of_issue
from correlator.report.words import between, many
from correlator.statistics import wilson
from correlator.types import WeekDeploy, WeekFacts, WeekIssue

ROWS = 8
FEWEST = 5
WORSE, CANNOT_TELL = "worse", "cannot-tell"
FARED = {
    WORSE: "Worse than before",
    "fine": "Fine",
    CANNOT_TELL: "Could not be told",
    "": "Not decided yet",
}


def deploys(facts: WeekFacts, lists: Lists) -> Section:
    """How many roll-outs there were, how they fared, and in how many of them issues began."""
    heading = "Deploys and how they fared"
    if not facts.deploys:
        lead = (
            f"No deploy to {facts.scope.environment} was told of. `correlator deploy` in the "
            "pipeline tells of them; without, nobody knows what a release changed."
        )
        return Section("deploys", heading, lead)
    bad = [one for one in facts.deploys if one.issues]
    told = (
        _number(lists, "deploys", "Deploys", facts.deploys),
        *(
            _number(lists, f"deploys-{mark or 'open'}", words, of)
            for mark, words in FARED.items()
            if (of := [one for one in facts.deploys if one.health == mark])
        ),
        _number(lists, "deploys-bad", "With new issues", bad),
    )
    shown = sorted((one for one in facts.deploys if one.issues or one.health == WORSE), key=_worst)
    rows = tuple(_row(facts, one, lists) for one in shown[:ROWS])
    table = Table(("Deploy", "When (UTC)", "Fared", "New issues"), rows) if rows else None
    return Section("deploys", heading, _lead(facts, len(bad)), told, table)


def _number(lists: Lists, key: str, words: str, of: Sequence[WeekDeploy]) -> Fact:
    return Fact(
        words, lists.number(key, f"Deploys of the week: {words.lower()}", map(of_deploy, of))
    )


def _lead(facts: WeekFacts, bad: int) -> str:
    of = len(facts.deploys)
    worse = sum(one.health == WORSE for one in facts.deploys)
    judged = sum(bool(one.health) and one.health != CANNOT_TELL for one in facts.deploys)
    share = f" ({bad / of:.0%}; {between(wilson(bad, of))})" if of >= FEWEST and bad else ""
    began = f"Issues began in {bad or 'none'} of {many(of, 'deploy')}{share}."
    if not judged:
        return f"{began} How they fared could be told of none of them yet."
    more = f" ({worse / judged:.0%}; {between(wilson(worse, judged))})" if judged >= FEWEST else ""
    return (
        f"{began} Of the {judged} that could be judged by what failed before and after, {worse} "
        f"fared worse than the one before{more}."
    )


def _worst(deploy: WeekDeploy) -> tuple[bool, int, int]:
    return deploy.health != WORSE, -len(deploy.issues), -deploy.id


def _row(facts: WeekFacts, deploy: WeekDeploy, lists: Lists) -> tuple[Cell, ...]:
    title = f"Issues that began in {deploy.service} {deploy.release}"
    items = [of_issue(one) for one in facts.issues if one.id in deploy.issues]
    figure = lists.number(f"deploy-{deploy.id}", title, items)
    name = Cell(f"{deploy.service} {deploy.release}", deploy.path)
    fared = Cell(FARED.get(deploy.health, deploy.health))
    return (name, Cell(f"{deploy.at:%a %d %b %H:%M}"), fared, Cell(figure=figure))


def caught(facts: WeekFacts, lists: Lists) -> Section:
    """Issues of the week that other environments saw and this one did not."""
    heading, where = "Caught before users", facts.scope.environment
    items = [of_issue(one) for one in facts.caught]
    title = f"Issues that began elsewhere and were not seen in {where}"
    told = (Fact("Caught", lists.number("caught", title, items)),)
    if not facts.caught:
        lead = f"No other environment saw an issue first that {where} was spared."
        return Section("caught", heading, lead, told)
    rows = tuple(_caught_row(one) for one in facts.caught[:ROWS])
    lead = f"{many(len(facts.caught), 'issue')} began in another environment, none reached {where}."
    return Section("caught", heading, lead, told, Table(("Issue", "Class"), rows))


def _caught_row(issue: WeekIssue) -> tuple[Cell, ...]:
    title = f"{issue.short} {issue.title}"
    return (Cell(title, issue_path(issue.id)), Cell(issue.sort.label))
