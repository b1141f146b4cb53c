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
_LATEST = "select path from blame group by path order by max(number) desc limit ?"
_PUT = "insert or replace into blame (path, recipe, revision, body) values (?, ?, ?, ?)"
_PRUNE = "delete from blame where number <= (select max(number) from blame) - ?"


class BlameStore:
    """The kept blames of one repository; what ``Repo`` takes as its ``blames``."""

    def __init__(self, file: Path) -> None:
        self._file = KeptFile(file, _SCHEMA)

    def get(self, where: Where) -> bytes | None:
        """What was put last, or None."""
        asked = (where.path, where.recipe, where.revision)
        row = self._file.read(lambda database: database.execute(_GET, asked).fetchone(), None)
        return None if row is None else bytes(row[0])

    def put(self, where: Where, body: bytes) -> None:
        """Keep it; beyond a number, those that were kept first go."""
        row = (where.path, where.recipe, where.revision, body)
        self._file.write(
            lambda database: (
                database.execute(_PUT, row),
                database.execute(_PRUNE, (_MOST,)),
            )
        )

    def latest(self, most: int) -> Sequence[str]:
        """Files of which a blame is kept, those of which one was kept last first."""
        nothing = list[tuple[str]]()
        rows = self._file.read(
            lambda database: database.execute(_LATEST, (most,)).fetchall(), nothing
        )
        return [path for (path,) in rows]

    def newest(self, path: str, recipe: str) -> Sequence[str]:
        """Revisions of which a file's blame is kept, those kept last first."""
        asked, nothing = (path, recipe, NEWEST), list[tuple[str]]()
        rows = self._file.read(
            lambda database: database.execute(_NEWEST, asked).fetchall(), nothing
        )
        return [revision for (revision,) in rows]


def blames_beside(mirror: Path) -> BlameStore:
    """The blames that are kept beside a mirror."""
    whole = mirror.absolute()  # "." has no name to put anything beside
    return BlameStore(whole.with_name(f"{whole.name}.blames.sqlite"))
