"""AI and human, from counts that are large enough; and what the people on call decided."""

from collections import Counter

from correlator.report.document import Cell, Fact, Section, Table
from correlator.report.lists import Lists, of_commit, of_decision, of_issue
from correlator.report.movement import is_new
from correlator.report.words import author, between, many
from correlator.statistics import rate_ratio, wilson
from correlator.types import Author, WeekAct, WeekFacts, WeekIssue

# Fewer than this: counts, and no share.
FEWEST = 5
AI = (Author.AI, Author.MIXED)


def authors(facts: WeekFacts, lists: Lists) -> Section:
    """Who or what wrote the likeliest culprits of the issues that began in the week."""
    new = [one for one in facts.issues if one.events and is_new(one, facts.week)]
    led = [one for one in new if one.suspects]
    heading = "AI and human"
    if not led and not facts.commits:
        lead = "No issue that began this week has a named culprit, so there is nothing to compare."
        return Section("authors", heading, lead)
    rows = tuple(_row(facts, led, name, lists) for name in Author)
    columns = ("Written by", "New issues led by it", "Share (95% interval)", "Commits")
    counted = f"Of {many(len(led), 'new issue')} with a likely culprit." if led else (
        "No issue that began this week has a likely culprit."
    )  # fmt: skip
    lead = f"{counted} {_compared(facts, led)}"
    return Section("authors", heading, lead, table=Table(columns, rows))


def _row(facts: WeekFacts, led: list[WeekIssue], name: Author, lists: Lists) -> tuple[Cell, ...]:
    mine = [one for one in led if one.suspects[0].author == name]
    key, label = f"author-{name}", author(name)
    items = [of_issue(one, chance=one.suspects[0].probability) for one in mine]
    issues = lists.number(key, f"New issues whose likeliest culprit is: {label}", items)
    share = (
        f"{len(mine) / len(led):.0%} ({between(wilson(len(mine), len(led)))})"
        if len(led) >= FEWEST
        else "too few to say"
    )
    if facts.commits is None:
        return (Cell(label), Cell(figure=issues), Cell(share), Cell("not surveyed"))
    written = [of_commit(one) for one in facts.commits if one.author == name]
    commits = lists.number(f"commits-{name}", f"Commits of the week: {label}", written)
    return (Cell(label), Cell(figure=issues), Cell(share), Cell(figure=commits))


def _compared(facts: WeekFacts, led: list[WeekIssue]) -> str:
    """Issues per commit of AI against human, if both have enough; what it does not mean."""
    if facts.commits is None:
        return "Commits are not surveyed yet, so nothing is said per commit."
    issues = Counter(one.suspects[0].author for one in led)
    commits = Counter(one.author for one in facts.commits)
    ai, human = sum(issues[name] for name in AI), issues[Author.HUMAN]
    by_ai, by_human = sum(commits[name] for name in AI), commits[Author.HUMAN]
    if min(ai, human) < FEWEST or not by_ai or not by_human:
        return f"Fewer than {FEWEST} on either side: counts only, nothing is compared."
    ratio = rate_ratio(ai, by_ai, human, by_human)
    known = "" if ratio.differs else " That may be chance."
    return (
        f"Per commit of the week, changes with AI led to ×{ratio.ratio:.2g} as many new issues as "
        f"those of people alone ({between(ratio.shown, '.2g')}).{known} Sizes and risks of the "
        "changes are not allowed for, and a culprit may be older than the week."
    )


def decisions(facts: WeekFacts, lists: Lists) -> Section:
    """What people decided, by what it was."""
    heading = "What people decided"
    every = Fact(
        "Decisions",
        lists.number("decided", "What people decided", map(of_decision, facts.decisions)),
    )
    told = tuple(
        Fact(
            act.capitalize(),
            lists.number(
                f"decided-{act.name.lower()}",
                f"Decisions: {act}",
                [of_decision(one) for one in facts.decisions if one.act is act],
            ),
        )
        for act in WeekAct
        if any(one.act is act for one in facts.decisions)
    )
    if not told:
        lead = (
            "Nobody judged a suspect or regrouped an issue. On an issue, c confirms the suspect "
            "and x rules it out: that is how the verdicts learn."
        )
        return Section("decisions", heading, lead)
    people = len({one.who for one in facts.decisions})
    lead = f"{many(len(facts.decisions), 'decision')} by {many(people, 'person', 'people')}."
    return Section("decisions", heading, lead, (every, *told))
