"""``correlator migrate``: bring the database's schema up to date."""

import click

from correlator.cli import EXIT_NO, as_json, command_settings, json_option
from correlator.store.migrate import is_current, migrate
from correlator.world import is_founded, open_world


@click.command()
@click.option("--check", is_flag=True, help="Change nothing; exit 1 if the schema is not current.")
@json_option
@click.pass_context
def command(ctx: click.Context, check: bool, wants_json: bool) -> None:
    """Bring the database up to date. May run any number of times, and at once.

    Exit code 0: the schema is current; 1: it is not.

    \b
    correlator migrate
    correlator migrate --check
    """
    settings = command_settings()
    if check and not is_founded(settings):
        click.echo(as_json({"current": False}) if wants_json else "There are no tables yet.")
        ctx.exit(EXIT_NO)
    engine = open_world(settings).engine
    ctx.call_on_close(engine.dispose)
    if not check:
        migrate(engine)
    current = is_current(engine)
    said = "The schema is current." if current else "The schema is not current."
    click.echo(as_json({"current": current}) if wants_json else said)
    ctx.exit(0 if current else EXIT_NO)
