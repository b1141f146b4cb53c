"""``correlator backup``: everything in the database as one file, while events go on coming in."""

from pathlib import Path

import click

from correlator.cli import as_json, command_settings, json_option
from correlator.errors import Permanent, Transient
from correlator.settings import Settings
from correlator.store.upkeep.backup import Extra, backup
from correlator.world import founded, open_world


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--with-secrets",
    is_flag=True,
    help="The secret key and the credentials of repositories, too. Keep such a file as you keep"
    " those.",
)
@click.option(
    "--with-mirrors", is_flag=True, help="The mirrors, too; without them they are fetched again."
)
@json_option
def command(file: Path, with_secrets: bool, with_mirrors: bool, wants_json: bool) -> None:
    """Write a backup: the state of one moment, readable by you only.

    It may be restored into SQLite or PostgreSQL, whichever it was made from. Accounts, webhook
    secrets and hashes of tokens are in it: it is no file to share.

    \b
    correlator backup /backups/correlator-$(date +%F).tar
    """
    if not file.absolute().parent.is_dir():
        raise Permanent(f"There is no directory {file.absolute().parent}. Make it first.")
    world = open_world(founded(command_settings()))
    extras = _secrets(world.settings) if with_secrets else ()
    extras += _weights(world.settings)
    extras += _mirrors(world.settings) if with_mirrors else ()
    try:
        rows = backup(world.engine, file, world.now(), world.settings.secret(), extras)
    except FileNotFoundError as fault:
        raise Transient(f"{fault.filename} went away meanwhile. Try again.") from fault
    shown = {"file": str(file), "bytes": file.stat().st_size, "rows": rows, "files": len(extras)}
    if wants_json:
        click.echo(as_json(shown))
        return
    click.echo(f"{file}: {sum(rows.values())} rows of {len(rows)} tables, {shown['bytes']} bytes.")
    if not with_secrets and not world.settings.secret_key.get_secret_value():
        click.echo("The secret key is not in it (--with-secrets). Keep a copy of it elsewhere.")


def _secrets(settings: Settings) -> tuple[Extra, ...]:
    root = settings.data_dir
    files = [root / "secret_key", *sorted((root / "credentials").glob("*"))]
    return tuple(Extra(str(file.relative_to(root)), file) for file in files if file.is_file())


def _weights(settings: Settings) -> tuple[Extra, ...]:
    root = settings.data_dir.resolve()
    files = [file for file in sorted(settings.weights.glob("[!.]*")) if file.is_file()]
    return tuple(Extra(str(file.relative_to(root)), file) for file in files)


def _mirrors(settings: Settings) -> tuple[Extra, ...]:
    """Refs before objects: what a ref names was there before it was named."""
    root = settings.data_dir.resolve()
    files = [file for file in settings.mirrors.rglob("*") if file.is_file()]
    files.sort(key=lambda file: ("objects" in file.parts, str(file)))
    return tuple(Extra(str(file.relative_to(root)), file) for file in files)
