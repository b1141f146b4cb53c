"""``correlator doctor``: what is wrong with this installation, and what to do about it."""

import click

from correlator.cli import EXIT_FAULT, EXIT_NO, as_json, command_settings, json_option
from correlator.doctor import Finding, State, examine, wrong
from correlator.errors import Permanent
from correlator.store.session import holds_a_file
from correlator.world import open_world

MARKS = {State.WELL: "ok", State.WRONG: "WRONG", State.UNKNOWN: "?"}


@click.command()
@json_option
@click.pass_context
def command(ctx: click.Context, wants_json: bool) -> None:
    """Look the installation over: disk, database, broker, workers, repositories, senders.

    Exit code 0: all is well; 1: something is wrong, and what to do is said; 2: something could not
    be looked at. Changes nothing.

    \b
    correlator doctor
    correlator doctor --json | jq '.[] | select(.state == "wrong")'
    """
    findings = _findings(ctx)
    if wants_json:
        click.echo(as_json([_shown(one) for one in findings]))
    else:
        for one in findings:
            click.echo(f"{MARKS[one.state]:>5}  {one.about}: {one.said}")
            if one.advice:
                click.echo(f"       -> {one.advice}")
    states = {one.state for one in findings}
    ctx.exit(EXIT_NO if State.WRONG in states else EXIT_FAULT if State.UNKNOWN in states else 0)


def _findings(ctx: click.Context) -> list[Finding]:
    try:
        settings = command_settings()
    except Permanent as fault:
        return [wrong("settings", str(fault), "Correct them; docs/settings.md lists them all.")]
    if not holds_a_file(settings.database):
        said = f"nothing was ever kept in {settings.data_dir.resolve()}"
        advice = "correlator up starts one; CORRELATOR_DATA_DIR or --data-dir names another place."
        return [wrong("installation", said, advice)]
    world = open_world(settings)
    ctx.call_on_close(world.engine.dispose)
    return examine(world)


def _shown(one: Finding) -> dict[str, str]:
    return {"about": one.about, "state": one.state, "said": one.said, "advice": one.advice}
