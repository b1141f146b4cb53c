"""``correlator kinds``: what people said of kinds, and the model that is made from it."""

import sys
from pathlib import Path
from typing import Any

import click
import orjson

from correlator.cli import EXIT_NO, as_json, command_world, json_option
from correlator.errors import Permanent


@click.group()
def command() -> None:
    """What kind of failure issues are, as people said it and as it was learnt."""


@command.command()
@json_option
def labels(wants_json: bool) -> None:
    """What people said here, one label a line (JSON): the data that training adds to the shipped.

    A line holds language, exception, message, functions and kind; no variables, no addresses.

    \b
    Examples:
      correlator kinds labels > labels.jsonl
      correlator kinds train --labels labels.jsonl --out model.json
    """
    from correlator.kinds.labels import as_label
    from correlator.steps.train_kinds import gather

    found = [as_label(event, kind) for event, kind in gather(command_world())]
    lines = "\n".join(orjson.dumps(one).decode() for one in found)
    click.echo(as_json(found) if wants_json else lines, nl=bool(found) or wants_json)
    if not found:
        click.echo("Nobody has said yet what kind an issue is.", err=True)


@command.command()
@click.option("--dry-run", is_flag=True, help="Fit and compare; change nothing.")
@click.option("--use", "name", metavar="NAME", help="'shipped': go back to the model that came.")
@click.option(
    "--labels",
    "given",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Labels in a file in place of what people said here; needs --out, no database is asked.",
)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the model here."
)
@json_option
def train(
    dry_run: bool, name: str | None, given: Path | None, out: Path | None, wants_json: bool
) -> None:
    """Refit the model of kinds on the shipped labels and on what people said here.

    The same labels give the same model. It is used only if it gets more of people's words right
    that it had not seen, and no more wrong; docs/kinds.md says how. Beat does it each week.

    Exit code 0: the new model is in use (with --dry-run: would be) or written; 1: the one in use
    stays, and the reason is said; 2: it could not be done.

    \b
    Examples:
      correlator kinds train --dry-run
      correlator kinds train --use shipped
    """
    from correlator.steps import drain, train_kinds

    if given is not None:
        _from_file(given, out, wants_json)
        return
    world = command_world()
    if name is not None:
        train_kinds.check_name(name)
        using = train_kinds.use_shipped(world)
        click.echo(as_json({"in_use": using}) if wants_json else f"In use: model {using}.")
        return
    # NumPy and scikit-learn take seconds to import, and only this command needs them.
    from correlator.kinds.learning import figures, learn

    learnt = learn(train_kinds.gather(world))
    if out is not None and learnt.text:
        out.write_text(learnt.text, encoding="utf-8")
    if not dry_run:
        drain(world, *train_kinds.adopt(world, learnt))
    told: dict[str, Any] = {
        "candidate": learnt.version or None,
        "replaces": learnt.is_better,
        "because": learnt.because,
        "dry_run": dry_run,
        **figures(learnt),
    }
    verb = "Better" if learnt.is_better else "Not replaced"
    click.echo(as_json(told) if wants_json else f"{verb}: {learnt.because}.")
    sys.exit(0 if learnt.is_better else EXIT_NO)


def _from_file(given: Path, out: Path | None, wants_json: bool) -> None:
    """A model from labels in files alone."""
    from correlator.kinds.fit import fitted
    from correlator.kinds.labels import hash_of, read_labels
    from correlator.kinds.model import shipped, write_model

    if out is None:
        raise Permanent("Say with --out where the model goes: a file changes nothing here.")
    theirs = read_labels(given)
    both = [*read_labels(), *theirs]
    data = fitted(both, f"{shipped().version}+{len(theirs)}.{hash_of(both)[:8]}")
    out.write_text(write_model(data), encoding="utf-8")
    told = {name: data[name] for name in ("version", "labels", "metrics")}
    click.echo(as_json(told) if wants_json else f"Written to {out}: model {data['version']}.")
