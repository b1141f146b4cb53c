"""Writes a version of the schema from the tables. For developers: ``./run migration``.

It compares the tables with what the versions so far make of an empty SQLite database, so that
nobody needs a database at hand. Read what it wrote: Alembic sees no renames and moves no rows.
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory

from correlator.store.migrate import alembic_config, migrate
from correlator.store.session import open_engine


def write(message: str) -> Path:
    """Write the next version: what the tables have and the versions so far do not."""
    scripts = ScriptDirectory.from_config(alembic_config())
    number = f"{len(list(scripts.walk_revisions())) + 1:04d}"
    with tempfile.TemporaryDirectory() as place:
        engine = open_engine(f"sqlite:///{place}/empty.sqlite")
        if scripts.get_heads():
            migrate(engine)
        with engine.connect() as connection:
            made = command.revision(
                alembic_config(connection), message, autogenerate=True, rev_id=number
            )
        engine.dispose()
    assert made is not None
    assert not isinstance(made, list)
    return Path(made.path)


def rewrite() -> Path:
    """Write the newest version anew. Only for one that no release has carried yet."""
    scripts = ScriptDirectory.from_config(alembic_config())
    newest = scripts.get_revision("head")
    written = Path(newest.path)
    if "execute(" in written.read_text("utf-8"):
        raise SystemExit(f"{written.name} moves rows, which nobody can write anew: edit it.")
    written.unlink()
    return write(newest.doc)


def main(arguments: Sequence[str]) -> None:
    """With a message: the next version. Without: the newest one anew."""
    sys.stdout.write(f"{write(arguments[0]) if arguments else rewrite()}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
