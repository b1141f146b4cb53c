"""The schema comes up from nothing, equals the tables, and survives several starting at once."""

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from click.testing import CliRunner

from correlator.cli import cli
from correlator.errors import Permanent
from correlator.store import session, tables
from correlator.store.migrate import is_current, migrate
from correlator.store.session import open_engine
from tests import servers

AT_ONCE = 3


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.sqlite"
        return
    postgres: servers.Postgres = request.getfixturevalue("postgres")
    postgres.execute("create database empty")
    yield postgres.url("empty")
    postgres.execute("drop database empty with (force)")


@pytest.fixture
def empty(empty_url: str) -> Iterator[sa.Engine]:
    engine = open_engine(empty_url)
    yield engine
    engine.dispose()


def test_an_empty_database_is_not_current_until_it_is_migrated(empty: sa.Engine) -> None:
    assert not is_current(empty)
    migrate(empty)
    assert is_current(empty)


def test_the_migrated_schema_is_what_the_tables_say(empty: sa.Engine) -> None:
    migrate(empty)
    with empty.connect() as connection:
        found = MigrationContext.configure(
            connection, opts={"compare_type": True, "render_as_batch": True}
        )
        assert compare_metadata(found, tables.ProjectRow.metadata) == []


def test_every_table_is_there_after_migrating(empty: sa.Engine) -> None:
    migrate(empty)
    there = set(sa.inspect(empty).get_table_names())
    assert there == {*tables.ProjectRow.metadata.tables, "alembic_version"}


def test_migrating_twice_changes_nothing(empty: sa.Engine) -> None:
    migrate(empty)
    with empty.begin() as connection:
        connection.execute(
            sa.insert(tables.AccountRow).values(
                email="a@example.org", password="x", created_at=sa.func.current_timestamp()
            )
        )
    migrate(empty)
    with empty.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(tables.AccountRow)) == 1


def test_several_processes_may_migrate_an_empty_database_at_once(empty_url: str) -> None:
    program = (
        "import sys\n"
        "from correlator.store.migrate import migrate\n"
        "from correlator.store.session import open_engine\n"
        "sys.stdin.read()\n"
        "migrate(open_engine(sys.argv[1]))\n"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, empty_url],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(AT_ONCE)
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None
    ends = [process.communicate(timeout=60)[1] for process in started]
    assert [process.returncode for process in started] == [0] * AT_ONCE, ends
    engine = open_engine(empty_url)
    assert is_current(engine)
    engine.dispose()


def test_whoever_comes_second_waits_longer_than_for_a_row(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "BUSY_SECONDS", 0.2)
    slow, other, at_work = open_engine(empty_url), open_engine(empty_url), Event()

    @sa.event.listens_for(slow, "before_cursor_execute")
    def works(_conn: object, _cursor: object, statement: str, *_more: object) -> None:
        if "CREATE TABLE" in statement and not at_work.is_set():
            at_work.set()
            time.sleep(1)

    with ThreadPoolExecutor() as pool:
        first = pool.submit(migrate, slow)
        assert at_work.wait(10)
        migrate(other)
        first.result()
    assert is_current(other)
    for engine in (slow, other):
        engine.dispose()


def test_a_database_of_a_newer_release_is_left_alone(empty: sa.Engine) -> None:
    migrate(empty)
    with empty.begin() as connection:
        connection.execute(sa.text("update alembic_version set version_num = '9999'"))
    assert not is_current(empty)
    with pytest.raises(Permanent, match="newer"):
        migrate(empty)


def test_foreign_keys_hold_on_sqlite_after_migrating(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/rested.sqlite")
    migrate(engine)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    engine.dispose()


def test_the_command_migrates_and_its_check_says_whether_there_is_need(
    empty_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CORRELATOR_DATABASE_URL", empty_url)
    monkeypatch.setenv("CORRELATOR_DATA_DIR", str(tmp_path / "data"))
    run = CliRunner().invoke
    assert run(cli, ["migrate", "--check"]).exit_code == 1
    assert run(cli, ["migrate"]).exit_code == 0
    assert run(cli, ["migrate", "--check"]).exit_code == 0
