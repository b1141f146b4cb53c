"""Blames kept beside a repository, for those who have no database: the same as a worker keeps."""

from collections.abc import Sequence
from pathlib import Path

from correlator.code.blame import Where
from correlator.code.kept_file import KeptFile

# Bases that a search is given at most: more would cost more than they save.
NEWEST = 8
_MOST = 20_000
_SCHEMA = """
create table if not exists blame (
    number integer primary key, path text not null, recipe text not null,
    revision text not null, body blob not null, unique (path, recipe, revision)
);
"""
_GET = "select body from blame where path = ? and recipe = ? and revision = ?"
_NEWEST = "select revision from blame where path = ? and recipe = ? order by number desc limit ?"
_PUT = "insert or replace into blame (path, recipe, revision, body) values (?, ?, ?, ?)"
_PRUNE = "delete from blame where number <= (select max(number) from blame) - ?"


class BlameStore:
    """The kept blames of one repository; what ``Repo`` takes as its ``blames``."""

    def __init__(self, file: Path) -> None:
        self._file = KeptFile(file, _SCHEMA)

    def get(self, where: Where) -> bytes | None:
        """What was put last, or None."""
        asked = _named(where)
        row = self._file.read(lambda database: database.execute(_GET, asked).fetchone(), None)
        return None if row is None else bytes(row[0])

    def put(self, where: Where, body: bytes) -> None:
        """Keep it; beyond a number, those that were kept first go."""
        self._file.write(
            lambda database: (
                database.execute(_PUT, (*_named(where), body)),
                database.execute(_PRUNE, (_MOST,)),
            )
        )

    def newest(self, path: str, recipe: str) -> Sequence[str]:
        """Revisions of which a file's blame is kept, those kept last first."""
        asked, nothing = (_named_path(path), recipe, NEWEST), list[tuple[str]]()
        rows = self._file.read(
            lambda database: database.execute(_NEWEST, asked).fetchall(), nothing
        )
        return [revision for (revision,) in rows]


def blames_beside(mirror: Path) -> BlameStore:
    """The blames that are kept beside a mirror."""
    return BlameStore(mirror.with_name(f"{mirror.name}.blames.sqlite"))


def _named(where: Where) -> tuple[str, str, str]:
    return _named_path(where.path), where.recipe, where.revision


def _named_path(path: str) -> str:
    """Paths may hold bytes that are no text."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
