"""``correlator migrate``: bring the database's schema up to date."""

import click

from correlator.cli import EXIT_NO, command_settings
from correlator.store.migrate import is_current, migrate
from correlator.world import is_founded, open_world


@click.command()
@click.option("--check", is_flag=True, help="Change nothing; exit 1 if the schema is not current.")
@click.pass_context
def command(ctx: click.Context, check: bool) -> None:
    """Bring the database up to date. May run any number of times, and at once."""
    settings = command_settings()
    if check and not is_founded(settings):
        click.echo("There are no tables yet.")
        ctx.exit(EXIT_NO)
    engine = open_world(settings).engine
    ctx.call_on_close(engine.dispose)
    if not check:
        migrate(engine)
    current = is_current(engine)
    click.echo("The schema is current." if current else "The schema is not current.")
    ctx.exit(0 if current else EXIT_NO)
