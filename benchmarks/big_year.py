"""One year of a busy team, made by SQL alone: what the pages' speed is measured on.

    python -m benchmarks.big_year DATABASE_URL [--scale 1.0]

At scale 1: 12 services in 6 repositories, 5,000 deploys that bring 25,000 commits, 50,000 issues
with verdicts, suspects, kinds and classes, 5 million events with their tallies and users hit, calls
by the hour, fixes and what became of them. Every row comes from a number by arithmetic, so that a
database is the same each time it is made; nothing is drawn. SQLite counts by a recursive query,
PostgreSQL by generate_series. A column that is not named here and may not be null gets an empty
value of its type, so that a new column does not break this. The last event is at ``NOW``.
"""

import argparse
import sys
import time

import sqlalchemy as sa

from benchmarks.year_code import code, deploys, people
from benchmarks.year_failures import counts, events, failures
from benchmarks.year_sql import SERVICES, TABLES, Sizes, Sql, statement
from correlator.store.migrate import migrate
from correlator.store.session import open_engine


def make(engine: sa.Engine, sizes: Sizes) -> None:
    """Fill an empty database with the year. Says how long each table took."""
    migrate(engine)
    sql = Sql(engine.dialect.name)
    made = [part for kind in (people, code, deploys, failures) for part in kind(sql, sizes)]
    with engine.connect() as connection:
        for table, columns, source in made:
            _run(connection, table, statement(sql, table, columns, source))
    with engine.connect() as connection:
        indexes = _drop_indexes(connection, "event")
        for table, columns, source in events(sql, sizes):
            _run(connection, table, statement(sql, table, columns, source))
        for one in counts(sql):
            _run(connection, one.split()[2], one)
        for index in indexes:
            _run(connection, str(index.name), str(sa.schema.CreateIndex(index).compile(connection)))
        _finish(connection, sql)


def _run(connection: sa.Connection, what: str, text: str) -> None:
    began = time.monotonic()
    # psycopg takes a single % for a parameter.
    is_postgres = connection.dialect.name == "postgresql"
    connection.exec_driver_sql(text.replace("%", "%%") if is_postgres else text)
    connection.commit()
    print(f"{what:24} {time.monotonic() - began:7.1f} s", flush=True)


def _drop_indexes(connection: sa.Connection, table: str) -> list[sa.Index]:
    """Indexes are made faster when all rows are there."""
    found = sorted(TABLES[table].indexes, key=lambda index: str(index.name))
    for index in found:
        connection.exec_driver_sql(f"DROP INDEX {index.name}")
    connection.commit()
    return found


def _finish(connection: sa.Connection, sql: Sql) -> None:
    """Ids go on after ours, and the database knows how its columns are spread."""
    if sql.is_postgres:
        for name in TABLES:
            if "id" in TABLES[name].columns:
                connection.exec_driver_sql(
                    f"SELECT setval(pg_get_serial_sequence('\"{name}\"', 'id'),"
                    f' (SELECT coalesce(max(id), 0) + 1 FROM "{name}"), false)'
                )
    connection.commit()
    connection.exec_driver_sql("ANALYZE")
    connection.commit()


def sizes_at(scale: float) -> Sizes:
    """The year, or a part of it."""
    return Sizes(
        deploys=max(round(5_000 * scale), 2 * SERVICES),
        issues=max(round(50_000 * scale), 100),
        events=round(5_000_000 * scale),
    )


def main() -> None:
    """Read the arguments and fill the database."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("--scale", type=float, default=1.0)
    given = parser.parse_args()
    engine = open_engine(given.url)
    began = time.process_time()
    make(engine, sizes_at(given.scale))
    engine.dispose()
    print(f"CPU of this process: {time.process_time() - began:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
