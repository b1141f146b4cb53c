"""The few words of SQL that a made year needs, as SQLite and PostgreSQL spell them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

from correlator.store import tables as _known  # noqa: F401 - all tables have to be known

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
YEAR = 365 * 86_400
SERVICES, REPOSITORIES = 12, 6
PER_DEPLOY = 5
BURSTS = 8
KINDS = ["none_deref", "missing_key", "wrong_type", "env_config", "logic_silent", "wrong_arguments"]
AUTHORS = [
    "ai", "human", "human", "human", "mixed", "unknown", "automation", "ai", "human", "unknown",
]  # fmt: skip
TABLES = SQLModel.metadata.tables


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many of each there are."""

    deploys: int
    issues: int
    events: int

    @property
    def commits(self) -> int:
        """Commits that deploys brought."""
        return self.deploys * PER_DEPLOY


class Sql:
    """The few words that both databases spell in their own way."""

    def __init__(self, dialect: str) -> None:
        self.is_postgres = dialect == "postgresql"

    def series(self, count: int) -> str:
        """The numbers from 1 to ``count`` as ``n``."""
        if self.is_postgres:
            return f"(SELECT g AS n FROM generate_series(1::bigint, {count}) AS g) AS s"
        return (
            f"(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {count})"
            " SELECT n FROM s) AS s"
        )

    def at(self, seconds: str) -> str:
        """The time so many seconds after the year began."""
        began = f"{datetime.fromtimestamp(NOW.timestamp() - YEAR, UTC):%Y-%m-%d %H:%M:%S}"
        if self.is_postgres:
            return f"(timestamptz '{began}+00' + make_interval(secs => ({seconds})::int))"
        return f"strftime('%Y-%m-%d %H:%M:%S.000000', '{began}', '+' || ({seconds}) || ' seconds')"

    def hour(self, column: str) -> str:
        """The hour of a time."""
        if self.is_postgres:
            return f"date_trunc('hour', {column}, 'UTC')"
        return f"substr({column}, 1, 13) || ':00:00.000000'"

    def hex(self, number: str, width: int = 40) -> str:
        """A number as a hash is written."""
        if self.is_postgres:
            return f"lpad(to_hex(({number})::bigint), {width}, '0')"
        return f"printf('%0{width}x', {number})"

    def json(self, text: str) -> str:
        """A JSON value."""
        quoted = "'" + text.replace("'", "''") + "'"
        return f"CAST({quoted} AS JSONB)" if self.is_postgres else quoted

    def blob(self, body: bytes) -> str:
        """Bytes."""
        return f"'\\x{body.hex()}'::bytea" if self.is_postgres else f"x'{body.hex()}'"

    def text(self, number: str, prefix: str) -> str:
        """A name with a number."""
        return f"'{prefix}' || CAST({number} AS TEXT)"

    def empty(self, column: sa.Column[Any]) -> str:
        """A value that says nothing, for a column that must have one."""
        kind = getattr(column.type, "impl_instance", column.type)
        if isinstance(kind, sa.JSON):
            is_list = "list" in str(getattr(column.default, "arg", ""))
            return self.json("[]" if is_list else "{}")
        by_type = {sa.Boolean: "false", sa.DateTime: self.at("0"), sa.LargeBinary: self.blob(b"")}
        found = (value for known, value in by_type.items() if isinstance(kind, known))
        return next(found, "''" if isinstance(kind, sa.String) else "0")


def thrown(number: str, below: int, salt: int = 0) -> str:
    """A number from 0 that looks drawn (Knuth's multiplicative hash)."""
    return f"((({number}) + {salt}) * 2654435761 % 4294967296 / 256 % {below})"


def chosen(number: str, names: list[str]) -> str:
    """One of some names."""
    cases = " ".join(f"WHEN {place} THEN '{name}'" for place, name in enumerate(names))
    return f"CASE {number} {cases} END"


def statement(sql: Sql, table: str, given: Mapping[str, str], source: str) -> str:
    """An insert into a table from a source of rows, every column that must be there filled in."""
    columns = dict(given)
    for column in TABLES[table].columns:
        is_own = column.primary_key and column.name not in given
        if column.name in given or column.nullable or column.server_default or is_own:
            continue
        columns[column.name] = sql.empty(column)
    names = ", ".join(f'"{name}"' for name in columns)
    return f'INSERT INTO "{table}" ({names}) SELECT {", ".join(columns.values())} FROM {source}'


def newest_deploy(sizes: Sizes, issue: str, project: str) -> str:
    """The deploy of its service that was the newest when an issue began (``project`` from 0)."""
    at = f"(({issue}) * {sizes.deploys} / {sizes.issues})"
    found = f"({at} - ({at} + {SERVICES - 1} - ({project})) % {SERVICES})"
    return f"CASE WHEN {found} < 1 THEN {found} + {SERVICES} ELSE {found} END"
