"""``correlator restore``: put a backup back, into SQLite or PostgreSQL."""

from pathlib import Path

import click

from correlator.cli import as_json, command_settings, json_option
from correlator.stack import hold
from correlator.store.upkeep.backup import restore, restore_files, secret_mark
from correlator.world import open_world


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Lose what is in the database now.")
@json_option
def command(file: Path, force: bool, wants_json: bool) -> None:
    """Restore a backup: all of it or, if anything fails, nothing.

    Into the database of these settings.

    Stop web, worker and beat first. The file's sums are checked before a row is written.

    \b
    CORRELATOR_DATABASE_URL=postgresql://… correlator restore correlator-2026-11-21.tar
    """
    world = open_world(command_settings())
    held = hold(world.settings.data_dir)
    with file.open("rb") as source:
        manifest = restore(world.engine, source, replace=force)
        files = restore_files(source, world.settings.data_dir)
    same_secret = manifest.secret_mark == secret_mark(world.settings.secret())
    held.file.close()
    if wants_json:
        shown = {"made_at": manifest.made_at, "rows": manifest.rows, "files": len(files)}
        click.echo(as_json({**shown, "same_secret": same_secret}))
        return
    click.echo(f"Restored {sum(manifest.rows.values())} rows, as of {manifest.made_at}.")
    if not same_secret:
        click.echo(
            "The secret key is another than the backup was made with: everybody must log in anew,"
            " and users that were hit before count as new ones. If you have the old key, put it"
            f" into {world.settings.data_dir / 'secret_key'} and start again.",
            err=True,
        )
