"""``correlator provenance --lines``: who or what wrote the lines that a tree still holds."""

import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import orjson

from correlator.cli import command_settings
from correlator.code.commits import revision_of
from correlator.code.contents import single
from correlator.code.surviving import Tree, surviving
from correlator.investigation.brought import Told
from correlator.investigation.recorded import TIMEOUT
from correlator.investigation.surviving import Stretch, judge_tree, shares
from correlator.provenance.agent_trace_export import Lines, records

_EVERY = 25


def lines_of(path: Path, rev: str, cache: Path | None, forges: Told) -> tuple[str, list[Stretch]]:
    """The full hash that a revision names, and the answers for all lines of its tree.

    ``cache``: where blames are kept; None for the data directory."""
    revision = revision_of(path, rev)
    runs = surviving(Tree(path, revision, _kept(path, cache), TIMEOUT), _tell)
    return revision, list(judge_tree(path, runs, revision, told=forges))


def told(revision: str, stretches: Sequence[Stretch]) -> dict[str, Any]:
    """The shares, as one JSON document."""
    return {"revision": revision, **shares(stretches)}


def export(path: Path, revision: str, stretches: Sequence[Stretch]) -> None:
    """Prints Agent Trace records, one JSON document a line."""
    (commit,) = single(path, [revision], TIMEOUT)
    rows = (Lines(one.path, one.first, one.last, one.answer) for one in stretches)
    for record in records(rows, revision, commit.committed_at):
        click.echo(orjson.dumps(record))


def _kept(path: Path, cache: Path | None) -> Path:
    name = hashlib.sha256(str(path.resolve()).encode("utf-8", "surrogateescape")).hexdigest()
    return (cache or command_settings().data_dir / "lines") / f"{name[:32]}.sqlite"


def _tell(done: int, total: int) -> None:
    """A line of stderr that is written over; every so many files where nobody watches."""
    if sys.stderr.isatty():
        end = "\n" if done == total else ""
        click.echo(f"\r{done} of {total} files{end}", nl=False, err=True)
    elif done == total or done % (_EVERY * 40) == 0:
        click.echo(f"{done} of {total} files", err=True)
