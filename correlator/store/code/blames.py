"""Blame answers in the database: the blame of a line at a revision is never wrong again."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from correlator.store.session import reading, transaction
from correlator.store.tables import BlameRow

# Revisions of one file that are kept: what a later deploy goes on from is among the newest.
NEWEST = 8


class KeptBlames:
    """A repository's kept blames; what ``code.repo.Repo`` takes as its ``blames``."""

    def __init__(self, engine: sa.Engine, repo_id: int) -> None:
        self._engine = engine
        self._repo_id = repo_id

    def get(self, where: tuple[str, str, str]) -> bytes | None:
        """What was put last for (revision, path, recipe); None if nothing was."""
        with reading(self._engine) as session:
            row = session.exec(self._where(where)).first()
            return None if row is None else row.body

    def put(self, where: tuple[str, str, str], body: bytes) -> None:
        """Keep this instead of what was there."""
        with transaction(self._engine) as session:
            row = session.exec(self._where(where)).first()
            if row is not None:
                row.body = body
                session.add(row)
                return
            revision, path, recipe = where
            row = BlameRow(
                repo_id=self._repo_id, revision=revision, path=path, recipe=recipe, body=body
            )
            _add_if_first(session, row)
            self._forget_old(session, path, recipe)

    def newest(self, path: str, recipe: str) -> Sequence[str]:
        """Revisions of which a file's blame is kept, those kept last first."""
        asked = select(BlameRow.revision).where(*self._of(path, recipe))
        with reading(self._engine) as session:
            return session.exec(asked.order_by(col(BlameRow.id).desc()).limit(NEWEST)).all()

    def latest(self, most: int) -> Sequence[str]:
        """Files of which a blame is kept, those of which one was kept last first."""
        mine = select(BlameRow.path).where(BlameRow.repo_id == self._repo_id)
        last = sa.func.max(BlameRow.id).desc()
        with reading(self._engine) as session:
            return session.exec(mine.group_by(col(BlameRow.path)).order_by(last).limit(most)).all()

    def _forget_old(self, session: Session, path: str, recipe: str) -> None:
        ids = select(BlameRow.id).where(*self._of(path, recipe)).order_by(col(BlameRow.id).desc())
        older = session.exec(ids.offset(NEWEST)).all()
        session.execute(sa.delete(BlameRow).where(col(BlameRow.id).in_(older)))

    def _of(self, path: str, recipe: str) -> tuple[sa.ColumnElement[bool], ...]:
        return (
            col(BlameRow.repo_id) == self._repo_id,
            col(BlameRow.path) == path,
            col(BlameRow.recipe) == recipe,
        )

    def _where(self, where: tuple[str, str, str]) -> SelectOfScalar[BlameRow]:
        revision, path, recipe = where
        return select(BlameRow).where(col(BlameRow.revision) == revision, *self._of(path, recipe))


def _add_if_first(session: Session, row: BlameRow) -> None:
    try:
        with session.begin_nested():
            session.add(row)
    except sa.exc.IntegrityError:
        # The same blame, kept a moment ago by another worker.
        return
