"""``correlator up``: run everything on this machine until told to stop."""

import secrets
from pathlib import Path

import click
import sqlalchemy as sa

from correlator.cli import command_settings
from correlator.settings import Settings
from correlator.stack import for_other_terminals, hold, overcommit_remark, settle, start
from correlator.store.people import accounts
from correlator.store.session import transaction
from correlator.store.tables import AccountRow
from correlator.supervisor import Supervisor
from correlator.world import open_migrated_world

ADMIN = "admin@localhost"


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on; 0: any free one.")
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to keep all.",
)
def command(port: int | None, data_dir: Path | None) -> None:
    """Run everything on this machine, and keep it running.

    That is broker, two workers, beat and web server; their log goes to standard error. Ctrl-C, or
    SIGTERM, stops them in order.

    \b
    correlator up
    correlator up --port 9000 --data-dir /var/lib/correlator
    """
    settings = command_settings(port=port, data_dir=data_dir)
    lock = hold(settings.data_dir)
    settings = settle(settings)
    password = prepare(settings)
    supervisor = Supervisor(_say, keep_open=(lock.descriptor,))
    supervisor.listen()
    try:
        if remark := overcommit_remark(settings):
            _say(remark)
        start(supervisor, settings)
        if not supervisor.told_to_stop:
            _greet(settings, password)
        supervisor.watch()
    finally:
        _say("stopping")
        supervisor.stop()


def prepare(settings: Settings) -> str | None:
    """Bring the database up to date; on the very first start make the admin's account.

    Returns that account's password: it is kept nowhere, so show it.
    """
    world = open_migrated_world(settings)
    try:
        with transaction(world.engine) as session:
            if session.scalar(sa.select(sa.func.count()).select_from(AccountRow)):
                return None
            password = secrets.token_urlsafe(12)
            accounts.add(session, ADMIN, password, world.now())
            return password
    finally:
        world.engine.dispose()


def _greet(settings: Settings, password: str | None) -> None:
    _say(f"Correlator is up: {settings.base_url}")
    if password:
        _say(f"Log in as {ADMIN} with the password {password}   (shown this once)")
    if typed := for_other_terminals(settings):
        _say(f"For commands in another terminal: {typed}")
    _say("Ctrl-C stops it.")


def _say(line: str) -> None:
    click.echo(line)
