"""``correlator blame``: ``git blame`` with a column that says who or what wrote each line."""

from pathlib import Path
from typing import Any

import click

from correlator.cli import as_json, json_option
from correlator.cli._facts import facts_options, given_facts
from correlator.cli.provenance import printable
from correlator.code.commits import revision_of
from correlator.code.repo import Repo
from correlator.errors import Permanent
from correlator.investigation.recorded import judge_origins
from correlator.types import Author, Commit, Origin, Provenance

_MARKS = {
    Author.AI: "ai",
    Author.MIXED: "mixed",
    Author.HUMAN: "human",
    Author.AUTOMATION: "robot",
    Author.UNKNOWN: "",
}


@click.command()
@click.argument("path", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("file")
@click.option("--at", default="HEAD", help="Revision to blame at; default: HEAD.")
@facts_options
@json_option
def command(
    path: Path,
    file: str,
    at: str,
    facts: tuple[Path, ...],
    facts_of: str | None,
    wants_json: bool,
) -> None:
    """Show who or what wrote each line of a file.

    FILE lies in the repository at PATH. A dot after the answer: a record of this very line;
    without one the record is of the whole commit. An empty column is unknown, which is not human.

    \b
    correlator blame . checkout/cart.py
    correlator blame . checkout/cart.py --at v1.4.2 --json
    """
    repo = Repo(path)
    revision = revision_of(path, at)
    text = repo.text(revision, file)
    if text is None:
        raise Permanent(f"{revision[:12]} has no text file {file!r}; paths begin at the root")
    origins = repo.blame(revision, file)
    commits = repo.commits(origin.sha for origin in origins)
    _, lines = judge_origins(
        path, tuple(commits.values()), origins, at=revision, told=given_facts(facts, facts_of).told
    )
    rows = [
        (number, words, origin, lines.get(origin))
        for number, (words, origin) in enumerate(zip(text.split("\n"), origins, strict=False), 1)
    ]
    if wants_json:
        shown = [_row(number, words, origin, found) for number, words, origin, found in rows]
        click.echo(as_json({"revision": revision, "path": file, "lines": shown}))
        return
    for number, words, origin, found in rows:
        click.echo(_line(number, words, commits.get(origin.sha), found))


def _row(number: int, words: str, origin: Origin, found: Provenance | None) -> dict[str, Any]:
    return {
        "line": number,
        "text": words,
        "sha": origin.sha,
        "origin": {"path": origin.path, "line": origin.line},
        "provenance": found.author.value if found else Author.UNKNOWN.value,
        "tools": list(found.tools) if found else [],
        "models": list(found.models) if found else [],
        "level": found.level if found else "commit",
        "certainty": round(found.certainty, 2) if found else 0.0,
        "because": found.because if found else "the commit is not in the repository",
    }


def _line(number: int, words: str, commit: Commit | None, found: Provenance | None) -> str:
    mark = ""
    if found and found.author is not Author.UNKNOWN:
        dot = "•" if found.level == "line" else ""
        mark = " ".join([_MARKS[found.author] + dot, ",".join(found.tools)])
    sha = commit.sha[:10] if commit else ""
    who = printable(commit.author.name)[:16] if commit else ""
    when = f"{commit.authored_at:%Y-%m-%d}" if commit else ""
    tabbed = words.replace("\t", "    ")
    return f"{sha:<10} {mark:<20.20} {who:<16} {when} {number:>5}  {printable(tabbed)}"
