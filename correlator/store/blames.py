"""Blame answers in the database: the blame of a line at a revision is never wrong again.

A body names each commit and path once and then only counts, and is compressed: some 2 kB for
1,000 lines.
"""

from collections.abc import Mapping

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

    def get(self, revision: str, path: str, recipe: str) -> Mapping[int, Origin] | None:
        """The kept lines by number; None if there are none."""
        with reading(self._engine) as session:
            row = session.exec(self._where(revision, path, recipe)).first()
            return None if row is None else _unpack(row.body)

    def put(self, revision: str, path: str, recipe: str, origins: Mapping[int, Origin]) -> None:
        """Keep lines beside those that are kept. Of two workers at once, one's may be lost: then
        they are asked for again."""
        with transaction(self._engine) as session:
            row = session.exec(self._where(revision, path, recipe)).first()
            if row is not None:
                row.body = _pack({**_unpack(row.body), **origins})
                session.add(row)
                return
            row = BlameRow(
                repo_id=self._repo_id,
                revision=revision,
                path=path,
                recipe=recipe,
                body=_pack(origins),
            )
            _add_if_first(session, row)

    def _where(self, revision: str, path: str, recipe: str) -> SelectOfScalar[BlameRow]:
        return select(BlameRow).where(
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


def _pack(origins: Mapping[int, Origin]) -> bytes:
    shas = sorted({origin.sha for origin in origins.values()})
    paths = sorted({origin.path for origin in origins.values()})
    sha_at = {sha: at for at, sha in enumerate(shas)}
    path_at = {path: at for at, path in enumerate(paths)}
    lines = [
        (number, sha_at[one.sha], path_at[one.path], one.line)
        for number, one in sorted(origins.items())
    ]
    return zstandard.ZstdCompressor(level=6).compress(orjson.dumps([shas, paths, lines]))


def _unpack(body: bytes) -> dict[int, Origin]:
    text = zstandard.ZstdDecompressor().decompress(body, max_output_size=LARGEST)
    shas, paths, lines = orjson.loads(text)
    return {number: Origin(shas[sha], paths[path], line) for number, sha, path, line in lines}
