"""``correlator evaluate``: run ranking or grouping over labelled cases, for others to score."""

import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import click
import orjson

from correlator.cli import _traces
from correlator.cli._repository import repository
from correlator.code.repo import Repo
from correlator.errors import Permanent
from correlator.investigation import explain
from correlator.plurals import many
from correlator.sources.sentry_event import parse_event

# Seconds for a case: the ranking is measured here, and not how busy the machine is.
PATIENCE = 600.0


@click.group()
def command() -> None:
    """Measure against labelled cases."""


@command.command()
@click.argument("cases", type=click.File("r", encoding="utf-8"))
@click.option(
    "--repo",
    "repos",
    multiple=True,
    required=True,
    metavar="OWNER/NAME=PATH",
    help="A repository of the cases and where it lies; repeat for each.",
)
@click.option(
    "--out",
    required=True,
    type=click.File("w", encoding="utf-8"),
    help="Where to write the predictions, a line a case; - for stdout.",
)
def culprits(cases: TextIO, repos: tuple[str, ...], out: TextIO) -> None:
    """Rank the suspects of every case in CASES (JSON lines).

    Labels are dropped before a case is looked at, and nothing newer than its deployed revision is
    read. A line {"id", "ranked", "confidence", "abstained", "seconds"} is written per case.

    \b
    correlator evaluate culprits dev.jsonl --repo django/django=/mirrors/django.git \\
        --out predictions.jsonl
    """
    known = _repositories(repos)
    todo = list(_read(cases))
    if not todo:
        raise Permanent(f"{cases.name} holds no case: nothing was measured.")
    missing = sorted({case["repo"] for case in todo} - set(known))
    if missing:
        raise Permanent(f"No --repo given for: {', '.join(missing)}")
    for done, case in enumerate(todo, 1):
        answer = predict(known[case["repo"]], case)
        out.write(orjson.dumps(answer).decode() + "\n")
        named = "abstains" if answer["abstained"] else answer["ranked"][0][:10]
        click.echo(
            f"[{done}/{len(todo)}] {case['id']}: {named}, {answer['confidence']:.0%}, "
            f"{answer['seconds']:.2f} s",
            err=True,
        )


@command.command()
@click.argument("cases", type=click.File("r", encoding="utf-8"))
@click.option(
    "--out",
    required=True,
    type=click.File("w", encoding="utf-8"),
    help="Where to write the predictions, a line a trace; - for stdout.",
)
def grouping(cases: TextIO, out: TextIO) -> None:
    """Put every trace in CASES (JSON lines) in an issue, one at a time, in the file's order.

    A trace has "id", "type", "value" and "frames" (outermost first), and may have "chain" (causes,
    the nearest first), "release" and "project"; issues never span projects. Labels are dropped
    before a trace is looked at, and "context_line" may be absent. A line
    {"id", "issue", "class", "kind"} is written per trace; class and kind may be null.

    \b
    correlator evaluate grouping dev.jsonl --out predictions.jsonl
    """
    issues: dict[int, int] = {}
    for answer in _traces.predict(_traces.read_traces(cases)):
        issues[answer["issue"]] = issues.get(answer["issue"], 0) + 1
        out.write(orjson.dumps(answer).decode() + "\n")
    if not issues:
        raise Permanent(f"{cases.name} holds no trace: nothing was grouped.")
    traces, groups = many(sum(issues.values()), "trace"), many(len(issues), "issue")
    click.echo(f"{traces} in {groups}", err=True)


def predict(repo: Repo, case: dict[str, Any]) -> dict[str, Any]:
    """The prediction for one case, which holds no labels."""
    began = time.monotonic()
    event = parse_event(case["event"], received_at=datetime.now(UTC), secret=b"evaluate")
    told = explain(
        repo,
        event,
        deployed=case["deployed_sha"],
        previous=case.get("previous_deploy_sha"),
        seconds=PATIENCE,
    )
    return {
        "id": case["id"],
        "ranked": [suspect.sha for suspect in told.verdict.suspects],
        "confidence": round(told.verdict.confidence, 4),
        "abstained": told.verdict.abstained is not None,
        "seconds": round(time.monotonic() - began, 3),
    }


def _repositories(given: Iterable[str]) -> dict[str, Repo]:
    found = {}
    for text in given:
        name, equals, path = text.partition("=")
        if not equals or not Path(path).is_dir():
            raise Permanent(f"--repo {text[:200]!r}: give OWNER/NAME=PATH, PATH a git repository")
        found[name] = repository(Path(path))
    return found


def _read(cases: TextIO) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(cases, 1):
        if not line.strip():
            continue
        try:
            case = orjson.loads(line)
            yield {
                **{name: case[name] for name in ("id", "repo", "deployed_sha", "event")},
                "previous_deploy_sha": case.get("previous_deploy_sha"),
            }
        except (orjson.JSONDecodeError, KeyError, TypeError) as fault:
            raise Permanent(f"Line {number} is not a case: {fault}") from fault
