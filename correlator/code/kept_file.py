"""A file of answers beside a mirror: a cache and nothing else.

It may be deleted at any time; one that is damaged is begun anew, and where it is busy or the disk
is full nothing is kept and nothing found: git knows it all. Beside a mirror that is gone nothing is
kept either: whoever still works in one would leave a file that nobody removes.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

Answer = TypeVar("Answer")

_BUSY_SECONDS = 2.0


class KeptFile:
    """An SQLite database that nobody relies on."""

    def __init__(self, file: Path, schema: str) -> None:
        """``file``: of the form ``MIRROR.KIND.sqlite`` it lies beside that mirror. ``schema``:
        statements that do nothing where the tables are there."""
        self._file = file
        self._schema = schema
        mirror, dot, _ = file.name.removesuffix(".sqlite").rpartition(".")
        self._mirror = file.with_name(mirror) if dot else None

    def read(self, ask: Callable[[sqlite3.Connection], Answer], instead: Answer) -> Answer:
        """What is asked for; ``instead`` where it cannot be had."""
        return self._with(ask, instead) if self._file.exists() else instead

    def write(self, do: Callable[[sqlite3.Connection], object]) -> None:
        """Do it in a transaction, or leave it undone."""

        def at_once(database: sqlite3.Connection) -> None:
            with database:
                do(database)

        self._with(at_once, None)

    def throw_away(self) -> None:
        """Begin anew: what it holds cannot be read."""
        self._file.unlink(missing_ok=True)

    def _with(self, do: Callable[[sqlite3.Connection], Answer], instead: Answer) -> Answer:
        if self._mirror is not None and not self._mirror.exists():
            return instead
        try:
            with closing(sqlite3.connect(self._file, timeout=_BUSY_SECONDS)) as database:
                database.executescript(self._schema)
                return do(database)
        except sqlite3.OperationalError:
            return instead
        except sqlite3.DatabaseError:
            self.throw_away()
            return instead
