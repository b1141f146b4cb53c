"""``correlator issues``: the list of issues, as the page has it, newest trouble first."""

import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import click

from correlator.chances import percent
from correlator.cli import EXIT_NO, as_json, command_world, json_option
from correlator.cli._terminal import plain
from correlator.cycles.words import in_a_list, span
from correlator.plurals import many
from correlator.store.fixes.marks import MARKS, mark_of
from correlator.store.issues.filters import ABSTAINED, CONFIRMED, WAITING
from correlator.store.issues.listing import PAGE, Listed, Wanted, page_of_issues
from correlator.store.session import reading
from correlator.store.verdicts.answers import Answer, State, answered, taken_together
from correlator.types import Author, Kind

_AUTHORS = [*(one.value for one in Author), ABSTAINED, WAITING]
_KINDS = [one.value for one in Kind]
_WITHOUT = {State.WAITING: "no verdict yet", State.RULED_OUT: "every suspect is ruled out"}


@click.command()
@click.option("--project", default="", help="Of this project only.")
@click.option("--environment", default="", help="That began in this environment.")
@click.option("--service", default="", help="That began in this service.")
@click.option("--release", default="", help="That began with this release.")
@click.option("--status", type=click.Choice(["open", "resolved", "all"]), default="open",
              show_default=True, help="How they stand.")  # fmt: skip
@click.option("--fix", type=click.Choice(MARKS), help="By how far their mending is.")
@click.option("--provenance", type=click.Choice(_AUTHORS), help="Of the lead suspect.")
@click.option("--kind", type=click.Choice(_KINDS), help="What sort of failure.")
@click.option("--search", default="", help="Words in type, message, place or release.")
@click.option("--page", type=click.IntRange(1), default=1, help=f"{PAGE} issues each.")
@json_option
def command(wants_json: bool, **asked: Any) -> None:
    """List issues with the change that leads each, and how far their mending is.

    --fix held: the fix held, so the issue can be resolved; waiting: too early to tell, or not
    rolled out; failed: it came back or was only reduced; none: no fix is in force.

    Exit code 0: there are such issues; 1: there is none; 2: it could not be done.

    \b
    correlator issues
    correlator issues --fix failed
    correlator issues --project shop --provenance ai --json | jq -r '.issues[].issue'
    """
    world = command_world()
    wanted = Wanted(**{name: value for name, value in asked.items() if value is not None})
    with reading(world.engine) as session:
        total, found = page_of_issues(session, wanted, world.now())
    shown = [_shown(one) for one in found]
    if wants_json:
        told = {"total": total, "page": wanted.page, "last_page": max(1, -(-total // PAGE))}
        click.echo(as_json({**told, "issues": shown}))
    else:
        lines = [line for one in shown for line in _lines(one, world.now())]
        click.echo("\n".join([*lines, _foot(total, len(found), wanted)]))
    sys.exit(0 if total else EXIT_NO)


def _shown(one: Listed) -> dict[str, Any]:
    issue, mark = one.issue, mark_of(one.followed)
    return {
        "issue": f"{one.project.slug.upper()}-{issue.number}",
        "id": issue.id,
        "type": issue.type,
        "value": issue.value,
        "where": issue.culprit_frame,
        "status": issue.status,
        "kind": issue.kind,
        "service": issue.first_service,
        "environment": issue.first_environment,
        "release": issue.first_release,
        "events": issue.times_seen,
        "users": issue.users_seen,
        "first_seen": issue.first_seen.isoformat(),
        "last_seen": issue.last_seen.isoformat(),
        "verdict": _answer(one).state.value,
        "culprit": _culprit(one),
        "abstained": one.verdict.abstained if one.verdict else None,
        "fix": {
            "mark": mark,
            "state": (one.followed.state if one.followed else "") or "no fix",
            "label": in_a_list(one.followed.state, mark) if one.followed else None,
            "cycles": one.followed.cycles if one.followed else 0,
        },
    }


def _culprit(one: Listed) -> dict[str, Any] | None:
    """The change that leads, as sure as the page says it is."""
    answer = _answer(one)
    if answer.lead is None:
        return None
    suspect, commit = answer.lead.first, one.commits.get(answer.lead.first.sha)
    return {
        "sha": suspect.sha,
        "request": suspect.request,
        "subject": commit.message.partition("\n")[0] if commit else "",
        "author": commit.author_name if commit else None,
        "provenance": commit.author if commit else Author.UNKNOWN.value,
        "probability": answer.confidence,
        "confirmed": answer.lead.said == CONFIRMED,
    }


def _answer(one: Listed) -> Answer:
    return answered(one.verdict, taken_together(one.suspects, one.said, one.repos))


def _lines(shown: dict[str, Any], now: datetime) -> Iterator[str]:
    seconds = (now - datetime.fromisoformat(shown["last_seen"])).total_seconds()
    what = f"{shown['type'] or 'Message'}: {shown['value']}"
    head = click.style(shown["issue"], bold=True)
    yield f"{head}  {plain(what, 90)}"
    marks = [shown["environment"], many(shown["events"], "event"), many(shown["users"], "user"),
             f"{span(max(seconds, 0))} ago", shown["fix"]["label"]]  # fmt: skip
    yield "    " + ", ".join(plain(mark, 40) for mark in marks if mark)
    yield f"    {_change(shown)}"


def _change(shown: dict[str, Any]) -> str:
    culprit = shown["culprit"]
    if culprit is None:
        why = shown["abstained"] or _WITHOUT[shown["verdict"]]
        return click.style(f"no culprit named: {why}", fg="bright_black")
    sure = "confirmed" if culprit["confirmed"] else percent(culprit["probability"])
    return (
        f"{culprit['sha'][:10]} {sure}  {plain(culprit['subject'], 70)}  ({culprit['provenance']})"
    )


def _foot(total: int, here: int, wanted: Wanted) -> str:
    if not total and wanted == Wanted():
        return "No open issue. `correlator project list` shows where an SDK is to send."
    if not total:
        return "No such issue."
    more = f", page {wanted.page} of {-(-total // PAGE)} (--page)" if total > here else ""
    return f"{many(total, 'issue')}{more}"
