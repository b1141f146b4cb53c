"""``correlator explain``: the culprit of one event, in the terminal, without a server."""

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import click
import orjson

from correlator.cli import EXIT_NO, as_json, json_option
from correlator.cli._advice import advise
from correlator.cli._facts import facts_options, given_facts
from correlator.cli._repository import repository
from correlator.cli._terminal import advice_as_text, as_data, as_text, kind_as_text
from correlator.code.commits import revision_of
from correlator.code.git import NoRepository
from correlator.code.repo import Repo
from correlator.errors import Permanent
from correlator.gate.together import together
from correlator.investigation import explain
from correlator.kinds import kind_of
from correlator.ranking.weights import shipped
from correlator.sources.sentry_api import as_sent, is_from_api
from correlator.sources.sentry_event import parse_event
from correlator.sources.traceback_text import parse_traceback
from correlator.types import Event, Explanation, KindGuess

SIZE_LIMIT = 20 * 1024 * 1024


@click.command()
@click.option(
    "--repo",
    "path",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The git repository, bare or not.",
)
@click.option(
    "--event",
    "file",
    required=True,
    type=click.File("rb"),
    help="A Sentry event as JSON (as sent, or as Sentry's API tells it), or a Python, Node or Java"
    " traceback as text; - for stdin.",
)
@click.option(
    "--deployed", required=True, help="The commit that raised the error: a hash, tag or branch."
)
@click.option("--previous", help="The commit of the deploy before, where it did not occur.")
@click.option(
    "--root",
    "roots",
    multiple=True,
    metavar="STACK=SOURCE",
    help="Frames below STACK lie below SOURCE in the repository; may be repeated.",
)
@facts_options
@json_option
def command(
    path: Path,
    file: BinaryIO,
    deployed: str,
    previous: str | None,
    roots: tuple[str, ...],
    **how: Any,
) -> None:
    """Name the change that caused an error, and say why.

    Exit code 0: a culprit is named; 1: none is, and the reason is said; 2: bad input.

    \b
    Examples:
      correlator explain --repo . --event event.json --deployed v1.4.2 --previous v1.4.1
      python app.py 2>&1 | correlator explain --repo . --event - --deployed HEAD
    """
    repo = repository(path)
    event = read_event(file.read(SIZE_LIMIT))
    facts = given_facts(how["facts"], how["facts_of"])
    explanation = explain(
        repo,
        event,
        deployed=_revision(repo, deployed, "--deployed"),
        previous=_revision(repo, previous, "--previous") if previous else None,
        roots=tuple(_root(text) for text in roots),
        told=facts.told,
    )
    explanation = together(repo, explanation, facts.pulls, shipped().name_from)
    kind, advice = _kind(repo, event, explanation), advise(repo, explanation, facts)
    if how["wants_json"]:
        whole = {**as_data(explanation), "kind": asdict(kind), "advice": asdict(advice)}
        click.echo(as_json(whole))
    else:
        click.echo(f"{as_text(explanation)}\n\n{kind_as_text(kind)}\n{advice_as_text(advice.text)}")
    sys.exit(0 if explanation.verdict.culprit else EXIT_NO)


def _kind(repo: Repo, event: Event, told: Explanation) -> KindGuess:
    """What sort of failure it is; the diff of the change that is named is evidence."""
    culprit = told.verdict.culprit
    changes = repo.changes([culprit.sha]) if culprit else {}
    return kind_of(event, changes[culprit.sha].files if culprit and changes else ())


def read_event(body: bytes) -> Event:
    """An event from JSON or from a plain traceback; Permanent if it is neither."""
    now = datetime.now(UTC)
    if body.lstrip()[:1] in (b"{", b"["):
        try:
            payload = orjson.loads(body)
        except orjson.JSONDecodeError as fault:
            raise Permanent(f"The event looks like JSON but is not: {fault}") from fault
        if not isinstance(payload, dict):
            raise Permanent("The event is JSON, but not an object. Give one Sentry event.")
        sent = as_sent(payload) if is_from_api(payload) else payload
        event = parse_event(sent, received_at=now, secret=b"explain")
        if not (event.exceptions or event.frames or event.message or event.formatted):
            raise Permanent(
                "This is JSON, but no Sentry event: it holds no exception, stack trace or message."
                " Give the event itself: as the SDK sends it, as Sentry's “JSON” link shows it, or"
                " as its API answers (GET /api/0/projects/…/events/ID/)."
            )
        return event
    return parse_traceback(body.decode("utf-8", "replace"), received_at=now)


def _revision(repo: Repo, text: str, option: str) -> str:
    try:
        return repo.resolve(text) or revision_of(repo.path, text)
    except NoRepository:
        raise
    except Permanent as fault:
        raise Permanent(
            f"{option}: {text[:80]!r} is no commit of {repo.path.absolute()}. Give a hash (seven"
            " digits at least), a tag or a branch, and fetch if it is new."
        ) from fault


def _root(text: str) -> tuple[str, str]:
    stack, equals, source = text.partition("=")
    if not equals or not stack:
        raise Permanent(f"--root: {text[:80]!r} is not of the form STACK=SOURCE")
    return stack, source
