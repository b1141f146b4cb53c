"""``correlator erase``: one person's data."""

import sys

import click

from correlator.cli import EXIT_NO, as_json, command_world, json_option
from correlator.errors import Permanent
from correlator.plurals import many
from correlator.sources.sentry_event import hashes_of
from correlator.store.people import erasure
from correlator.store.people.erased_words import Words, forget_in_what_was_learnt
from correlator.store.people.erasure import Person
from correlator.store.people.forgetting import Account, facts_of, forget_account
from correlator.store.people.forgetting_records import forget_in_records, records_naming
from correlator.store.session import reading, transaction
from correlator.world import World

BATCH = 200
SHORTEST_TEXT = 4


@click.command()
@click.option(
    "--user",
    "identity",
    required=True,
    help="Id, mail address, name or IP address as your programs send it; the hash that a page"
    " shows; or a login on a forge. '-': read it from standard input.",
)
@click.option(
    "--in-text",
    is_flag=True,
    help="Also events of others that mention it in any text. Reads every stored event.",
)
@click.option("--yes", is_flag=True, help="Do it. Without, only say what would be erased.")
@json_option
@click.pass_context
def command(ctx: click.Context, identity: str, in_text: bool, yes: bool, wants_json: bool) -> None:
    """Erase one person's events, and their name in pull requests, reviews, and records of
    agents' sessions.

    What was counted of them stays counted. Failure classes, kept reports and models lose their
    name, too; a model that held it is made anew by itself. A forge that still knows them tells of
    them again in what it sends later, and a repository in notes that change: have them forgotten
    there, too.

    Exit code 1: nothing of that person was found. Authors of commits are not touched: they are
    the repository's own record, and change there.

    \b
    correlator erase --user ana@example.org
    correlator erase --user ana@example.org --in-text --yes
    """
    identity = (sys.stdin.read() if identity == "-" else identity).strip()
    if not identity or (in_text and len(identity) < SHORTEST_TEXT):
        raise Permanent(f"An identity to look for in texts has {SHORTEST_TEXT} characters or more.")
    world = command_world()
    person = Person(identity, hashes_of(identity, world.settings.secret()))
    shown = _erase(world, person, in_text) if yes else _look(world, person, in_text)
    click.echo(as_json(shown) if wants_json else _said(shown, yes))
    found = ("events", "troubles", "issues", *_FACTS)
    ctx.exit(0 if any(shown[name] for name in found) else EXIT_NO)


def _look(world: World, person: Person, in_text: bool) -> dict[str, int]:
    ids = _events(world, person, in_text)
    with reading(world.engine) as session:
        troubles = len(erasure.troubles_of(session, person, in_text=in_text))
        issues = erasure.issues_hit(session, person)
        waiting = erasure.unread(session)
        account = _account(world, person)
        facts = (*facts_of(session, account), records_naming(session, account))
    return _counts(len(ids), 0, issues, troubles, waiting, *facts)


_FACTS = ("pull_requests", "reviews", "records")
_COUNTED = ("events", "stripped", "issues", "troubles", "unread", *_FACTS)


def _counts(*numbers: int) -> dict[str, int]:
    return dict(zip(_COUNTED, numbers, strict=True))


def _account(world: World, person: Person) -> Account:
    return Account(person.identity, world.settings.secret())


def _events(world: World, person: Person, in_text: bool) -> list[int]:
    with reading(world.engine) as session:
        found = set(erasure.events_of(session, person))
    after: int | None = 0
    while in_text and after is not None:
        with reading(world.engine) as session:
            looked = erasure.events_mentioning(session, person, after, BATCH)
        found |= set(looked.ids)
        after = looked.last
    return sorted(found)


def _erase(world: World, person: Person, in_text: bool) -> dict[str, int]:
    """Events a few at a time, so that intake goes on; twice does no harm."""
    ids = _events(world, person, in_text)
    gone = stripped = 0
    for at in range(0, len(ids), BATCH):
        with transaction(world.engine) as session:
            took, left = erasure.erase_events(session, person, ids[at : at + BATCH])
        gone, stripped = gone + took, stripped + left
    with transaction(world.engine) as session:
        troubles = erasure.troubles_of(session, person, in_text=in_text)
        erasure.erase_trouble(session, troubles)
        issues = erasure.forget_hits(session, person)
        waiting = erasure.unread(session)
        account = _account(world, person)
        facts = (*forget_account(session, account), forget_in_records(session, account))
        if len(person.identity) >= SHORTEST_TEXT:
            forget_in_what_was_learnt(session, Words(person.identity))
    return _counts(gone + stripped, stripped, issues, len(troubles), waiting, *facts)


def _said(shown: dict[str, int], done: bool) -> str:
    verb = "Erased" if done else "Would erase"
    lines = [
        f"{verb} {many(shown['events'], 'event')}, the person's mark in"
        f" {many(shown['issues'], 'issue')}, and {shown['troubles']} kept bodies of trouble."
    ]
    if shown["pull_requests"] or shown["reviews"]:
        lines.append(
            f"{verb} the name in {many(shown['pull_requests'], 'pull request')} and"
            f" {many(shown['reviews'], 'review')}: another stands for it, the same everywhere."
        )
    if shown["records"]:
        lines.append(
            f"{verb} who prompted an agent, and what they asked, in records of"
            f" {many(shown['records'], 'commit')}."
        )
    if shown["stripped"]:
        lines.append(
            f"{shown['stripped']} of the events are what an issue or a verdict rests on: they were"
            " stripped to their stack of code."
        )
    if shown["unread"]:
        lines.append(
            f"{shown['unread']} deliveries have not been read yet and may be of this person, too:"
            " run this again when the inbox is empty."
        )
    if not done:
        lines.append("Nothing was changed: add --yes to do it.")
    lines.append("Backups made before still hold what was erased.")
    return "\n".join(lines)
