"""Blame answers in the database: a file's blame at a revision is never wrong again.

A body names each commit and path once and then only counts, and is compressed: some 2 kB for a
file of 1,000 lines.
"""

import orjson
import sqlalchemy as sa
import zstandard
from sqlmodel import Session, select
from sqlmodel.sql.expression import SelectOfScalar

from correlator.store.session import reading, transaction
from correlator.store.tables import BlameRow
from correlator.types import Origin

LARGEST = 256 * 1024 * 1024


class KeptBlames:
    """A repository's kept blames; what ``code.repo.Repo`` takes as its ``blames``."""

    def __init__(self, engine: sa.Engine, repo_id: int) -> None:
        self._engine = engine
        self._repo_id = repo_id

    def get(self, revision: str, path: str, recipe: str) -> tuple[Origin, ...] | None:
        """The kept answer, a line an origin; None if there is none."""
        with reading(self._engine) as session:
            body = session.exec(self._where(revision, path, recipe)).first()
        return None if body is None else _unpack(body)

    def put(self, revision: str, path: str, recipe: str, origins: tuple[Origin, ...]) -> None:
        """Keep an answer. Another worker may have been quicker, with the same."""
        row = BlameRow(
            repo_id=self._repo_id, revision=revision, path=path, recipe=recipe, body=_pack(origins)
        )
        with transaction(self._engine) as session:
            if session.exec(self._where(revision, path, recipe)).first() is None:
                _add_if_first(session, row)

    def _where(self, revision: str, path: str, recipe: str) -> SelectOfScalar[bytes]:
        return select(BlameRow.body).where(
            BlameRow.repo_id == self._repo_id,
            BlameRow.revision == revision,
            BlameRow.path == path,
            BlameRow.recipe == recipe,
        )


def _add_if_first(session: Session, row: BlameRow) -> None:
    try:
        with session.begin_nested():
            session.add(row)
    except sa.exc.IntegrityError:
        # The same blame, kept a moment ago by another worker.
        return


def _pack(origins: tuple[Origin, ...]) -> bytes:
    shas = sorted({origin.sha for origin in origins})
    paths = sorted({origin.path for origin in origins})
    sha_at = {sha: at for at, sha in enumerate(shas)}
    path_at = {path: at for at, path in enumerate(paths)}
    lines = [(sha_at[one.sha], path_at[one.path], one.line) for one in origins]
    return zstandard.ZstdCompressor(level=6).compress(orjson.dumps([shas, paths, lines]))


def _unpack(body: bytes) -> tuple[Origin, ...]:
    text = zstandard.ZstdDecompressor().decompress(body, max_output_size=LARGEST)
    shas, paths, lines = orjson.loads(text)
    return tuple(Origin(shas[sha], paths[path], line) for sha, path, line in lines)
