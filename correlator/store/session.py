"""How a database is opened: the one place where SQLite and PostgreSQL differ in manners.

SQLite: WAL, ``synchronous=FULL`` (what was answered is on disk), writers queue by ``BEGIN
IMMEDIATE``. Every transaction goes through ``transaction`` (writes) or ``reading``.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from correlator.errors import Transient

BUSY_SECONDS = 5


def open_engine(url: str, *, pool_size: int = 5) -> sa.Engine:
    """An engine for SQLite or PostgreSQL; makes SQLite's directory. Do not carry across a fork."""
    where = make_url(url)
    if where.get_backend_name() != "sqlite":
        return _open_postgres(url, pool_size)
    if where.database and where.database != ":memory:":
        Path(where.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(
        url, connect_args={"timeout": BUSY_SECONDS}, pool_size=pool_size, max_overflow=20
    )
    sa.event.listen(engine, "connect", _configure_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def holds_a_file(url: str) -> bool:
    """Whether opening it would make nothing: SQLite's file is there, or it is no SQLite."""
    where = make_url(url)
    if where.get_backend_name() != "sqlite" or where.database in (None, "", ":memory:"):
        return True
    return Path(str(where.database)).is_file()


def _open_postgres(url: str, pool_size: int) -> sa.Engine:
    engine = sa.create_engine(
        url,
        connect_args={"connect_timeout": BUSY_SECONDS},
        pool_size=pool_size,
        max_overflow=20,
        pool_pre_ping=True,
    )
    sa.event.listen(engine, "connect", _configure_postgres)
    return engine


def _configure_postgres(connection: Any, _record: object) -> None:
    # As on SQLite: whoever waits for a lock is told so in time, and can tell the sender.
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{BUSY_SECONDS}s'")
        # Days and months are cut from times in SQL, too: as everywhere else, in UTC.
        cursor.execute("SET TIME ZONE 'UTC'")
        # Statements of pages take milliseconds; to compile one takes some hundred.
        cursor.execute("SET jit = off")
    connection.commit()


def _configure_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout={BUSY_SECONDS * 1000}",
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")
    _write_ahead(connection)


def _write_ahead(connection: sqlite3.Connection) -> None:
    # The first to open a new file turns it to WAL, and SQLite does not let the others wait for
    # that, whatever their busy_timeout says (https://sqlite.org/wal.html, "Sometimes Queries
    # Return SQLITE_BUSY In WAL Mode"). So they ask again.
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as fault:
            busy = fault.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            if not busy or time.monotonic() > until:
                raise
            time.sleep(0.02)


def _begin_sqlite(connection: sa.Connection) -> None:
    options: dict[str, Any] = connection.get_execution_options()
    connection.exec_driver_sql("BEGIN" if options.get("reads_only") else "BEGIN IMMEDIATE")


@contextmanager
def transaction(engine: sa.Engine) -> Iterator[Session]:
    """A session that commits when the block ends well and rolls back when it does not.

    Transient when the database is locked, full or away: the caller may try again.
    """
    try:
        with Session(engine, expire_on_commit=False) as session, session.begin():
            yield session
    except OperationalError as fault:
        raise Transient(f"The database did not take it: {fault.orig}") from fault


@contextmanager
def reading(engine: sa.Engine) -> Iterator[Session]:
    """A session that only reads: takes no write lock and leaves nothing behind."""
    try:
        with Session(engine, expire_on_commit=False) as session:
            session.connection(execution_options={"reads_only": True})
            yield session
            # A rollback expires what was read; a row that has left the session stays readable.
            session.expunge_all()
            session.rollback()
    except OperationalError as fault:
        raise Transient(f"The database did not answer: {fault.orig}") from fault
