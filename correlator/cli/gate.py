"""``correlator gate``: judges the changes of a range by the policy, before a deploy. No server."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from correlator.cli import EXIT_FAULT, EXIT_NO, as_json
from correlator.cli._facts import facts_options, given_facts, joined, read_bytes
from correlator.errors import Permanent
from correlator.gate import Asked, judge_range
from correlator.gate.asking import NOBODY_ASKED, Known, Server, ask_server
from correlator.gate.comment import as_markdown
from correlator.gate.showing import as_dict, as_text
from correlator.types import Outcome

_EXITS = {Outcome.KEPT: 0, Outcome.BROKEN: EXIT_NO, Outcome.CANNOT_TELL: EXIT_FAULT}
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option(
    "--repo", "path", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The clone to judge.",
)  # fmt: skip
@click.option("--from", "since", required=True, help="The revision that is deployed now.")
@click.option("--to", "until", default="HEAD", help="The revision to be deployed; default: HEAD.")
@click.option("--policy", type=_FILE, help="A policy outside the repository.")
@facts_options
@click.option("--server", help="A running Correlator to ask what it knows, as https://host.")
@click.option("--token-file", type=_FILE, help="File with a token of that server.")
@click.option("--repository", help="The repository's name on that server.")
@click.option("--environment", default="production", help="Where it goes; default: production.")
@click.option("--canary", help="The revision that runs in the canary.")
@click.option("--canary-since", help="Since when, as 2026-11-21T13:00:00Z; default: long enough.")
@click.option("--at", help="When the deploy is to be, as 2026-11-21T13:00:00Z; default: now.")
@click.option("--json", "form", flag_value="json", help="Print one JSON document instead.")
@click.option("--markdown", "form", flag_value="markdown", help="Print Markdown for a comment.")
def command(**given: Any) -> None:
    """Judge every change between two revisions by the policy in .correlator.toml.

    Exit code 0: the policy is kept. 1: it is broken. 2: it cannot be told, or the input is bad.

    \b
    correlator gate --repo . --from v1.4.1 --to HEAD
    correlator gate --repo . --from v1.4.1 --server https://correlator.example.com \\
      --token-file token --repository checkout
    """
    canary = given["canary"]
    known = _asked_server(given)
    asked = Asked(
        path=given["path"],
        since=given["since"],
        until=given["until"],
        at=_moment(given["at"], "--at") or datetime.now(UTC),
        environment=given["environment"],
        policy=_policy(given["policy"]),
        canary=(canary, _moment(given["canary_since"], "--canary-since")) if canary else None,
        facts=joined(given_facts(given["facts"], given["facts_of"]), known.facts),
        issues=known.issues,
        running=known.running,
    )
    found = judge_range(asked)
    show = {"json": lambda: as_json(as_dict(found)), "markdown": lambda: as_markdown(found)}
    click.echo(show.get(given["form"], lambda: as_text(found))())
    click.get_current_context().exit(_EXITS[found.outcome])


def _asked_server(given: dict[str, Any]) -> Known:
    """What a running Correlator knows; nothing where nobody named one."""
    url, file, name = given["server"], given["token_file"], given["repository"]
    if url is None:
        if file is not None or name is not None:
            raise Permanent("--token-file and --repository go with --server.")
        return NOBODY_ASKED
    if file is None or name is None:
        raise Permanent("--server wants --token-file FILE and --repository NAME, too.")
    token = read_bytes(file).decode("utf-8", "replace").strip()
    server = Server(url=url, token=token, repository=name, now=lambda: datetime.now(UTC))
    return ask_server(server, given["path"], given["since"], given["until"])


def _policy(file: Path | None) -> tuple[str, str] | None:
    if file is None:
        return None
    try:
        return read_bytes(file).decode(), str(file)
    except UnicodeDecodeError as fault:
        raise Permanent(f"{file} is not UTF-8 text.") from fault


def _moment(text: str | None, option: str) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = datetime.min
    if at.tzinfo is None:
        raise Permanent(f"{option}: {text!r} is no time with a zone, as 2026-11-21T13:00:00Z.")
    return at.astimezone(UTC)
