"""Patches of commits, kept beside a mirror: a commit's patch is never another one.

Reading one takes a hundredth of what git needs to make it.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import zstandard

from correlator.code.kept_file import KeptFile
from correlator.types import Commit, FilePatch, Hunk, Identity, Patch

# Changes with what is kept of a patch, and with how it is packed.
_FORM = "1"
_MOST = 60_000
_LARGEST = 16 * 1024 * 1024
_SCHEMA = """
create table if not exists patch (
    number integer primary key, sha text unique not null, recipe text not null, body blob not null
);
"""
_GET = """
select sha, body from patch where recipe = ? and sha in (select value from json_each(?))
"""
_HAVE = "select sha from patch where recipe = ?"
_PUT = "insert or replace into patch (sha, recipe, body) values (?, ?, ?)"
_PRUNE = "delete from patch where number <= (select max(number) from patch) - ?"


class PatchStore:
    """The kept patches of one repository."""

    def __init__(self, file: Path, recipe: Sequence[str]) -> None:
        """``recipe``: how git is asked; patches that were asked for otherwise do not count."""
        self._file = KeptFile(file, _SCHEMA)
        self._recipe = hashlib.sha256(repr((_FORM, *recipe)).encode()).hexdigest()[:16]

    def get(self, shas: Sequence[str]) -> dict[str, Patch]:
        """Those of the patches that are kept."""
        if not shas:
            return {}
        asked = (self._recipe, orjson.dumps(shas).decode())
        nothing: list[tuple[str, bytes]] = []
        rows = self._file.read(lambda database: database.execute(_GET, asked).fetchall(), nothing)
        try:
            return {sha: _unpacked(body) for sha, body in rows}
        except (zstandard.ZstdError, ValueError):
            self._file.throw_away()
            return {}

    def missing(self, shas: Iterable[str]) -> list[str]:
        """Those that are not kept, in order."""
        asked, nothing = (self._recipe,), list[tuple[str]]()
        rows = self._file.read(lambda database: database.execute(_HAVE, asked).fetchall(), nothing)
        kept = {sha for (sha,) in rows}
        return [sha for sha in shas if sha not in kept]

    def put(self, patches: Iterable[Patch]) -> None:
        """Keep them; beyond a number, those that were kept first go."""
        rows = [(patch.commit.sha, self._recipe, _packed(patch)) for patch in patches]

        def write(database: sqlite3.Connection) -> None:
            database.executemany(_PUT, rows)
            database.execute(_PRUNE, (_MOST,))

        if rows:
            self._file.write(write)


def _packed(patch: Patch) -> bytes:
    commit = patch.commit
    about = [
        commit.sha,
        commit.parents,
        [commit.author.name, commit.author.email],
        [commit.committer.name, commit.committer.email],
        commit.authored_at.timestamp(),
        commit.committed_at.timestamp(),
        commit.message,
    ]
    files = [
        [
            file.path,
            file.old_path,
            [
                [h.old_start, h.old_count, h.new_start, h.new_count, h.removed, h.added, h.within]
                for h in file.hunks
            ],
        ]
        for file in patch.files
    ]
    return zstandard.ZstdCompressor(level=3).compress(orjson.dumps([about, files]))


def _unpacked(body: bytes) -> Patch:
    text = zstandard.ZstdDecompressor().decompress(body, max_output_size=_LARGEST)
    about, files = orjson.loads(text)
    return Patch(_commit(about), tuple(_file(one) for one in files))


def _commit(about: Sequence[Any]) -> Commit:
    sha, parents, author, committer, authored_at, committed_at, message = about
    return Commit(
        sha=sha,
        parents=tuple(parents),
        author=Identity(*author),
        committer=Identity(*committer),
        authored_at=datetime.fromtimestamp(authored_at, UTC),
        committed_at=datetime.fromtimestamp(committed_at, UTC),
        message=message,
    )


def _file(one: Sequence[Any]) -> FilePatch:
    path, old_path, hunks = one
    return FilePatch(
        path,
        old_path,
        tuple(
            Hunk(a, b, c, d, tuple(removed), tuple(added), within)
            for a, b, c, d, removed, added, within in hunks
        ),
    )
