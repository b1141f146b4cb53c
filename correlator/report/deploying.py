"""Deploys and what began in them, and what was caught before users."""

from correlator.report.document import Cell, Fact, Section, Table
from correlator.report.lists import Lists, issue_path, of_deploy, of_issue
from correlator.report.words import between, many
from correlator.statistics import wilson
from correlator.types import WeekDeploy, WeekFacts, WeekIssue

ROWS = 8
FEWEST = 5


def deploys(facts: WeekFacts, lists: Lists) -> Section:
    """How many roll-outs there were, and in how many of them issues began."""
    heading = "Deploys"
    if not facts.deploys:
        lead = (
            f"No deploy to {facts.scope.environment} was told of. `correlator deploy` in the "
            "pipeline tells of them; without, nobody knows what a release changed."
        )
        return Section("deploys", heading, lead)
    bad = [one for one in facts.deploys if one.issues]
    told = (
        Fact(
            "Deploys",
            lists.number("deploys", "Deploys of the week", map(of_deploy, facts.deploys)),
        ),
        Fact(
            "With new issues",
            lists.number("deploys-bad", "Deploys in which issues began", map(of_deploy, bad)),
        ),
    )
    if not bad:
        lead = f"No issue began in any of {many(len(facts.deploys), 'deploy')}."
        return Section("deploys", heading, lead, told)
    rows = tuple(_row(facts, one, lists) for one in sorted(bad, key=_worst)[:ROWS])
    table = Table(("Deploy", "When (UTC)", "New issues"), rows)
    return Section("deploys", heading, _lead(facts, len(bad)), told, table)


def _lead(facts: WeekFacts, bad: int) -> str:
    of = len(facts.deploys)
    share = f" ({bad / of:.0%}; {between(wilson(bad, of))})" if of >= FEWEST else ""
    return f"Issues began in {bad} of {many(of, 'deploy')}{share}."


def _worst(deploy: WeekDeploy) -> tuple[int, int]:
    return -len(deploy.issues), -deploy.id


def _row(facts: WeekFacts, deploy: WeekDeploy, lists: Lists) -> tuple[Cell, ...]:
    title = f"Issues that began in {deploy.service} {deploy.release}"
    items = [of_issue(one) for one in facts.issues if one.id in deploy.issues]
    figure = lists.number(f"deploy-{deploy.id}", title, items)
    name = Cell(f"{deploy.service} {deploy.release}", deploy.path)
    return (name, Cell(f"{deploy.at:%a %d %b %H:%M}"), Cell(figure=figure))


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
