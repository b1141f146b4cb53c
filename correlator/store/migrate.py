"""Bringing the schema up to date, safely when several processes start at once.

The versions are run in one transaction under a lock: an advisory one on PostgreSQL, the write
lock itself on SQLite. Foreign keys rest meanwhile on SQLite, where changing a table means copying
it; they are checked before the commit.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy.exc import OperationalError

from correlator.errors import Permanent, Transient

HERE = Path(__file__).parent / "migrations"
WAIT_SECONDS = 120
_LOCK = 8320_2026


def alembic_config(connection: sa.Connection | None = None) -> Config:
    """Alembic's configuration; it needs no file. ``connection``: where the versions are run."""
    config = Config()
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def migrate(engine: sa.Engine, target: str = "head") -> None:
    """Run the versions that the database lacks; none if it is current.

    Several may call it at once: one works, the others wait for it. Raises Transient when the
    database is away or stays locked, Permanent when it is newer than this program.
    """
    try:
        with _locked(engine) as connection:
            _refuse_newer(connection)
            command.upgrade(alembic_config(connection), target)
    except OperationalError as fault:
        raise Transient(f"The database could not be brought up to date: {fault.orig}") from fault


def is_current(engine: sa.Engine) -> bool:
    """Whether the database has exactly the schema that this program was written for."""
    with engine.execution_options(reads_only=True).connect() as connection:
        return _versions(connection) == set(_scripts().get_heads())


def schema_version(engine: sa.Engine | None = None) -> str:
    """The schema that the database has ("" without tables); without one, that we are made for."""
    if engine is None:
        return ",".join(_scripts().get_heads())
    with engine.execution_options(reads_only=True).connect() as connection:
        return ",".join(sorted(_versions(connection)))


def knows_schema(version: str) -> bool:
    """Whether this program has ever had a schema of that version."""
    try:
        return _scripts().get_revision(version) is not None
    except CommandError:
        return False


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(alembic_config())


def _versions(connection: sa.Connection) -> set[str]:
    return set(MigrationContext.configure(connection).get_current_heads())


def _refuse_newer(connection: sa.Connection) -> None:
    scripts = _scripts()
    for version in _versions(connection):
        try:
            scripts.get_revision(version)
        except CommandError as fault:
            raise Permanent(
                f"The database is at schema version {version}, which this Correlator does not "
                "know: it was written by a newer one. Install that one, or restore a backup."
            ) from fault


@contextmanager
def _locked(engine: sa.Engine) -> Iterator[sa.Connection]:
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            yield from _locked_sqlite(connection)
            return
        with connection.begin():
            # To bring up a large database takes longer than anybody else has to wait for a row.
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{WAIT_SECONDS}s'")
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            yield connection


def _locked_sqlite(connection: sa.Connection) -> Iterator[sa.Connection]:
    # The pragmas count for this connection only, and not inside a transaction: so it is taken out
    # of the pool and they are set on the driver's own connection, before BEGIN IMMEDIATE.
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    connection.detach()
    driver.execute(f"PRAGMA busy_timeout={WAIT_SECONDS * 1000}")
    driver.execute("PRAGMA foreign_keys=OFF")
    with connection.begin():
        yield connection
        if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all():
            raise Permanent(f"The new schema would leave rows that point nowhere: {broken[:3]}")
