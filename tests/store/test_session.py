"""How long a database is waited for when somebody else holds it."""

import sqlite3
import threading
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from correlator.errors import Transient
from correlator.store.session import BUSY_SECONDS, open_engine, transaction


def test_a_lock_is_waited_for_so_long_and_then_there_is_word(database_url: str) -> None:
    holder, other = open_engine(database_url), open_engine(database_url)
    with holder.begin() as held:
        if held.dialect.name == "postgresql":
            held.execute(sa.text("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE"))
        began = time.monotonic()
        with pytest.raises(Transient, match="did not take it"), transaction(other) as session:
            session.execute(sa.text("DELETE FROM inbox"))
        assert BUSY_SECONDS - 1 < time.monotonic() - began < BUSY_SECONDS + 20
    with transaction(other) as session:
        session.execute(sa.text("DELETE FROM inbox"))
    holder.dispose()
    other.dispose()


def test_a_new_file_that_another_is_turning_to_wal_is_waited_for(tmp_path: Path) -> None:
    # SQLite answers "locked" at once here: its own busy timeout does not cover the change of mode.
    path = tmp_path / "new.sqlite"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("CREATE TABLE t (a)")
    other.execute("BEGIN IMMEDIATE")
    released = threading.Timer(0.5, other.rollback)
    released.start()
    engine = open_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    released.join()
    engine.dispose()
    other.close()
