"""``correlator gate``: judges the changes of a range by the policy, before a deploy. No server."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import orjson

from correlator.cli import EXIT_FAULT, EXIT_NO, as_json
from correlator.errors import Permanent
from correlator.gate import Asked, Facts, judge_range
from correlator.gate.showing import as_dict, as_markdown, as_text
from correlator.sources import github
from correlator.types import Outcome, PullRequest, Review

_EXITS = {Outcome.KEPT: 0, Outcome.BROKEN: EXIT_NO, Outcome.CANNOT_TELL: EXIT_FAULT}
_LARGEST = 32 * 1024 * 1024
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option(
    "--repo", "path", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The clone to judge.",
)  # fmt: skip
@click.option("--from", "since", required=True, help="The revision that is deployed now.")
@click.option("--to", "until", default="HEAD", help="The revision to be deployed; default: HEAD.")
@click.option("--policy", type=_FILE, help="A policy outside the repository.")
@click.option(
    "--facts", multiple=True, type=_FILE,
    help='JSON of GitHub\'s API: {"pull_request": …, "reviews": […]}, or a list of such.',
)  # fmt: skip
@click.option("--environment", default="production", help="Where it goes; default: production.")
@click.option("--canary", help="The revision that runs in the canary.")
@click.option("--canary-since", help="Since when, as 2026-11-21T13:00:00Z; default: long enough.")
@click.option("--at", help="When the deploy is to be, as 2026-11-21T13:00:00Z; default: now.")
@click.option("--json", "form", flag_value="json", help="Print one JSON document instead.")
@click.option("--markdown", "form", flag_value="markdown", help="Print Markdown for a comment.")
def command(**given: Any) -> None:
    """Judge every change between two revisions by the policy in .correlator.toml.

    Exit code 0: the policy is kept. 1: it is broken. 2: it cannot be told, or the input is bad.
    """
    canary = given["canary"]
    asked = Asked(
        path=given["path"],
        since=given["since"],
        until=given["until"],
        at=_moment(given["at"], "--at") or datetime.now(UTC),
        environment=given["environment"],
        policy=_policy(given["policy"]),
        canary=(canary, _moment(given["canary_since"], "--canary-since")) if canary else None,
        facts=read_facts(given["facts"]),
    )
    found = judge_range(asked)
    show = {"json": lambda: as_json(as_dict(found)), "markdown": lambda: as_markdown(found)}
    click.echo(show.get(given["form"], lambda: as_text(found))())
    click.get_current_context().exit(_EXITS[found.outcome])


def read_facts(files: tuple[Path, ...]) -> Facts:
    """Pull requests and reviews from files of GitHub's API; Permanent names the file at fault."""
    pulls: list[PullRequest] = []
    reviews: list[Review] = []
    for file in files:
        for one in _documents(file):
            try:
                pull, told = github.from_api(one["pull_request"], one["reviews"])
            except (KeyError, TypeError, AttributeError) as fault:
                raise Permanent(
                    f'{file} is not {{"pull_request": …, "reviews": […]}} with what GitHub\'s '
                    "API gives."
                ) from fault
            except Permanent as fault:
                raise Permanent(f"{file}: {fault}") from fault
            pulls.append(pull)
            reviews += told
    return Facts(tuple(pulls), tuple(reviews), frozenset(pull.number for pull in pulls))


def _documents(file: Path) -> list[Any]:
    text = _read(file)
    try:
        said = orjson.loads(text)
    except orjson.JSONDecodeError as fault:
        raise Permanent(f"{file} is not JSON: {fault}.") from fault
    return said if isinstance(said, list) else [said]


def _policy(file: Path | None) -> tuple[str, str] | None:
    if file is None:
        return None
    try:
        return _read(file).decode(), str(file)
    except UnicodeDecodeError as fault:
        raise Permanent(f"{file} is not UTF-8 text.") from fault


def _read(file: Path) -> bytes:
    if file.stat().st_size > _LARGEST:
        raise Permanent(f"{file} is larger than {_LARGEST // 1024 // 1024} MiB.")
    return file.read_bytes()


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
