"""Backup and restore: everything in the database at one moment, while events go on coming in.

The snapshot is a read transaction: on SQLite in WAL mode it sees one moment however long it
lasts, on PostgreSQL it is REPEATABLE READ. (SQLite's own online backup starts over whenever
another process writes, and its result fits SQLite alone.)
"""

import hashlib
import hmac
import os
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import sqlalchemy as sa
from sqlmodel import Session

from correlator import __version__
from correlator.errors import Permanent
from correlator.store.migrate import is_current, knows_schema, migrate, schema_version
from correlator.store.session import transaction
from correlator.store.tables import ProjectRow
from correlator.store.upkeep import archive

ROWS = 2000
_METADATA = ProjectRow.metadata


@dataclass(frozen=True, slots=True)
class Extra:
    """A file to take along: its name in the backup, and where it lies."""

    name: str
    path: Path


def secret_mark(secret: bytes) -> str:
    """What tells one installation's secret from another's without giving it away."""
    return hmac.new(secret, b"correlator backup", hashlib.sha256).hexdigest()[:16]


def backup(
    engine: sa.Engine, target: Path, now: datetime, secret: bytes, extras: tuple[Extra, ...] = ()
) -> dict[str, int]:
    """Write everything to ``target`` (mode 0600); rows by table. The file is there whole or not
    at all."""
    if not is_current(engine):
        raise Permanent("The database is not up to date: run `correlator migrate` first.")
    unfinished = target.with_name(target.name + ".part")
    unfinished.unlink(missing_ok=True)
    with open(unfinished, "xb", opener=_private) as file:
        with tarfile.open(fileobj=file, mode="w:", format=tarfile.PAX_FORMAT) as tar:
            rows = _write(engine, archive.Writer(tar, now), secret, extras)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(target)
    return rows


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _write(
    engine: sa.Engine, writer: archive.Writer, secret: bytes, extras: tuple[Extra, ...]
) -> dict[str, int]:
    columns = {
        str(table.name): {str(column.name): archive.type_of(column) for column in table.columns}
        for table in _METADATA.sorted_tables
    }
    rows: dict[str, int] = {}
    for extra in extras:
        writer.add_bytes(f"files/{extra.name}", extra.path.read_bytes())
    with _snapshot(engine) as connection:
        for table in _METADATA.sorted_tables:
            name = str(table.name)
            rows[name] = _write_table(connection, writer, table, columns[name])
    writer.finish(
        {
            "program": __version__,
            "schema": schema_version(),
            "secret_mark": secret_mark(secret),
            "columns": columns,
            "rows": rows,
        }
    )
    return rows


def _snapshot(engine: sa.Engine) -> sa.Connection:
    options: dict[str, Any] = {"reads_only": True, "stream_results": True}
    if engine.dialect.name == "postgresql":
        options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    return engine.connect().execution_options(**options)


def _write_table(
    connection: sa.Connection, writer: archive.Writer, table: sa.Table, columns: dict[str, str]
) -> int:
    types, number = list(columns.values()), 0
    everything = sa.select(table).order_by(*table.primary_key.columns)
    for place, some in enumerate(connection.execute(everything).partitions(ROWS), start=1):
        writer.add_rows(f"tables/{table.name}.{place:04d}", types, [tuple(row) for row in some])
        number += len(some)
    return number


# --- restoring ---------------------------------------------------------------------------------


def restore(engine: sa.Engine, file: BinaryIO, *, replace: bool) -> archive.Manifest:
    """Put a backup into the database: all of it, or nothing.

    The file is checked first. A database with rows in it is refused, or emptied if ``replace``.
    A backup of an older schema is put in as it was and then brought up to date.
    """
    manifest = archive.read_manifest(file)
    if not knows_schema(manifest.schema):
        raise Permanent(
            f"The backup has schema {manifest.schema}, which this Correlator does not know: it was"
            f" made by {manifest.program}, this is {__version__}. Install that one, or a newer."
        )
    if not replace and not is_fresh(engine):
        raise Permanent(
            "This database is not empty. Restore into an empty one, or give --force to lose what"
            " is in it now."
        )
    migrate(engine, manifest.schema)
    if schema_version(engine) != manifest.schema:
        raise Permanent(
            f"This database has schema {schema_version(engine)}, the backup {manifest.schema}: it"
            " can only be restored into a database without tables."
        )
    with transaction(engine) as session:
        _empty(session)
        _fill(session, file, manifest)
        _reset_numbers(session)
    migrate(engine)
    return manifest


def is_fresh(engine: sa.Engine) -> bool:
    """Whether no table has a row."""
    with engine.connect().execution_options(reads_only=True) as connection:
        there = set(sa.inspect(connection).get_table_names())
        return not any(
            connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first()
            for table in _METADATA.sorted_tables
            if table.name in there
        )


def _empty(session: Session) -> None:
    there = set(sa.inspect(session.connection()).get_table_names())
    for table in reversed(_METADATA.sorted_tables):
        if table.name in there:
            session.execute(sa.delete(table))


def _fill(session: Session, file: BinaryIO, manifest: archive.Manifest) -> None:
    tables = {name: archive.table_of(name, columns) for name, columns in manifest.columns.items()}
    counted = dict.fromkeys(tables, 0)
    for name, rows in _rows_of(file, manifest):
        if rows:
            session.execute(sa.insert(tables[name]), rows)
        counted[name] += len(rows)
    if counted != manifest.rows:
        raise Permanent("The backup does not hold as many rows as its manifest says.")


def _rows_of(
    file: BinaryIO, manifest: archive.Manifest
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for part, content in archive.parts_of(file):
        kind, _, rest = part.partition("/")
        if kind == "tables":
            name = rest.partition(".")[0]
            yield name, list(archive.read_rows(manifest.columns[name], content))


def _reset_numbers(session: Session) -> None:
    """PostgreSQL counts ids beside the table: go on after the highest that was put in."""
    if session.get_bind().dialect.name != "postgresql":
        return
    there = set(sa.inspect(session.connection()).get_table_names())
    for table in _METADATA.sorted_tables:
        if table.name not in there or "id" not in table.columns:
            continue
        highest = sa.select(sa.func.max(table.columns.id)).scalar_subquery()
        sequence = sa.func.pg_get_serial_sequence(f'"{table.name}"', "id")
        session.execute(
            sa.select(sa.func.setval(sequence, sa.func.coalesce(highest, 1), highest.is_not(None)))
        )


def restore_files(file: BinaryIO, data_dir: Path) -> list[str]:
    """Put the files that were taken along into the data directory; their names."""
    saved = []
    for part, content in archive.parts_of(file):
        if part.startswith("files/"):
            name = part.removeprefix("files/")
            archive.save_file(data_dir, name, content)
            saved.append(name)
    return saved
