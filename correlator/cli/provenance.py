"""``correlator provenance``: who or what wrote a repository, by commit. Needs no server."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
import orjson

from correlator.cli import as_json, json_option
from correlator.cli._facts import facts_options, given_facts
from correlator.cli._lines import export, lines_of, told
from correlator.code.commits import read_commits
from correlator.code.dates import a_date
from correlator.investigation.recorded import Judged, judge_commits
from correlator.plurals import many
from correlator.provenance import accountable
from correlator.types import Author

_TOOLS_SHOWN = 12
_BAR = 30
_LABELS = {
    Author.AI: "AI",
    Author.MIXED: "AI and human",
    Author.HUMAN: "human",
    Author.AUTOMATION: "automation",
    Author.UNKNOWN: "unknown",
}


@click.command()
@click.argument("path", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--rev", default="HEAD", help="A revision or FROM..TO; default: HEAD.")
@click.option("--since", help="Only commits after this date, as git takes it.")
@click.option("--commits", is_flag=True, help="One line a commit; with --json one JSON line each.")
@click.option("--lines", is_flag=True, help="The lines that the tree at REV holds, by blame.")
@click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where --lines keeps its blames for the next time; default: the directory"
    " 'lines' of the data directory.",
)
@click.option("--export", type=click.Choice(["agent-trace"]), help="With --lines: open records.")
@facts_options
@json_option
def command(path: Path, rev: str, since: str | None, **how: Any) -> None:
    """Tell who or what wrote the commits of the repository at PATH, or the lines it still holds.

    What is recorded is declared, not proven; a commit that nothing speaks of is unknown, never
    human. Records that could not be read are counted on stderr.

    \b
    correlator provenance .
    correlator provenance . --rev v1.4.1..v1.4.2 --commits
    correlator provenance . --lines --json
    """
    _refuse_what_does_not_go_together(since, how)
    if how["lines"]:
        _tell_lines(path, rev.rpartition("..")[2] or "HEAD", how)
    else:
        _tell_commits(path, rev, since, how)


def _refuse_what_does_not_go_together(since: str | None, how: dict[str, Any]) -> None:
    if how["export"] and not how["lines"]:
        raise click.UsageError("--export speaks of lines: give --lines, too.")
    if how["cache"] is not None and not how["lines"]:
        raise click.UsageError("--cache is where --lines keeps its blames: give --lines, too.")
    if how["lines"] and how["commits"]:
        raise click.UsageError("--commits and --lines are two answers: give one of them.")
    if how["lines"] and since is not None:
        raise click.UsageError("--since chooses commits; the lines of a tree are all that it has.")


def _tell_lines(path: Path, rev: str, how: dict[str, Any]) -> None:
    revision, stretches = lines_of(
        path, rev, how["cache"], given_facts(how["facts"], how["facts_of"]).told
    )
    if how["export"]:
        export(path, revision, stretches)
    elif how["wants_json"]:
        click.echo(as_json(told(revision, stretches)))
    else:
        _tell(told(revision, stretches), "lines")


def _tell_commits(path: Path, rev: str, since: str | None, how: dict[str, Any]) -> None:
    found = read_commits(path, rev, a_date(since) if since is not None else None)
    order = {commit.sha: place for place, commit in enumerate(found)}
    at = found[0].sha if found else "HEAD"
    forges = given_facts(how["facts"], how["facts_of"]).told
    answers = judge_commits(path, found, at=at, told=forges)
    judged = sorted(answers, key=lambda one: order[one.commit.sha])
    if how["commits"]:
        for one in judged:
            click.echo(orjson.dumps(row(one)) if how["wants_json"] else _line(one))
    elif how["wants_json"]:
        click.echo(as_json(summary(judged)))
    else:
        _tell(summary(judged), "commits")
    if unread := [problem for one in judged for problem in one.problems]:
        first = f"{unread[0].where}: {unread[0].why}"
        click.echo(f"{many(len(unread), 'record')} could not be read, the first: {first}", err=True)


def row(one: Judged) -> dict[str, Any]:
    """What is told of one commit."""
    answer = one.provenance
    by_line = any(claim.author is answer.author for claim in _of_lines(one))
    behind = accountable(one.claims)
    named = {claim.mechanism for claim in one.claims.found}
    own = {claim.mechanism for claim in one.claims.found if not claim.derived}
    return {
        "sha": one.commit.sha,
        "provenance": answer.author.value,
        "tools": list(answer.tools),
        "models": list(answer.models),
        "level": "line" if by_line else "commit",
        "certainty": round(answer.certainty, 2),
        "mechanisms": sorted(named),
        "derived_mechanisms": sorted(named - own),
        "derived": answer.derived,
        "accountable": behind.who if behind else None,
        "accountable_as": behind.role if behind else None,
        "because": answer.because,
    }


def _of_lines(one: Judged) -> Iterable[Any]:
    return (claim for claims in one.claims.by_path.values() for claim in claims)


def summary(judged: list[Judged]) -> dict[str, Any]:
    """Counts over all commits; tools and models only of commits judged ai or mixed."""
    by_ai = [one.provenance for one in judged if one.provenance.author in {Author.AI, Author.MIXED}]
    authors = Counter(one.provenance.author for one in judged)
    named = [{(claim.derived, claim.mechanism) for claim in one.claims.found} for one in judged]
    mechanisms = Counter(name for names in named for derived, name in names if not derived)
    derived = Counter(name for names in named for is_derived, name in names if is_derived)
    return {
        "commits": len(judged),
        "provenance": {author.value: authors.get(author, 0) for author in Author},
        "tools": dict(Counter(tool for one in by_ai for tool in one.tools).most_common()),
        "models": dict(Counter(model for one in by_ai for model in one.models).most_common()),
        "mechanisms": dict(mechanisms.most_common()),
        "derived": dict(derived.most_common()),
        "unread_records": sum(len(one.problems) for one in judged),
    }


def _line(one: Judged) -> str:
    answer = one.provenance
    tools = ",".join(answer.tools)[:24] if answer.author is not Author.UNKNOWN else ""
    return (
        f"{one.commit.sha[:12]} {_LABELS[answer.author]:<12} {answer.certainty:>4.0%} "
        f"{tools:<24} {printable(one.commit.subject)[:60]}"
    )


def _tell(found: dict[str, Any], what: str) -> None:
    total = found[what]
    click.echo(many(total, what.removesuffix("s")))
    for author in Author:
        _bar(_LABELS[author], found["provenance"][author.value], total)
    for name in ("tools", "models", "mechanisms", "derived"):
        if isinstance(found.get(name), dict) and found[name]:
            click.echo(f"\n{name}")
            for label, count in list(found[name].items())[:_TOOLS_SHOWN]:
                _bar(printable(label)[:24], count, total)
    for name, counts in _by_agents(found.get("directories", {})):
        _bar(printable(name)[:24], counts.get("ai", 0) + counts.get("mixed", 0),
             sum(counts.values()))  # fmt: skip


def _by_agents(directories: dict[str, Any]) -> list[tuple[str, dict[str, int]]]:
    """Directories that hold lines of agents, those with the most first."""
    if not directories:
        return []
    click.echo("\nAI and mixed, by directory")
    rows = [(name, counts) for name, counts in directories.items() if {"ai", "mixed"} & set(counts)]
    return sorted(rows, key=lambda row: -row[1].get("ai", 0) - row[1].get("mixed", 0))[
        :_TOOLS_SHOWN
    ]


def _bar(label: str, count: int, total: int) -> None:
    share = count / total if total else 0.0
    filled = "█" * round(share * _BAR)
    click.echo(f"  {label:<24} {count:>7} {share:>6.1%}  {filled}")


def printable(text: str) -> str:
    """Without control characters: a repository must not drive the terminal."""
    return "".join(one if one.isprintable() else "?" for one in text)
