"""What proves that a sender may speak for a project. Read at every request, so columns only."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.tables import ProjectRow


@dataclass(frozen=True, slots=True)
class Credentials:
    """A project's id, the key in its DSN, and the secret that signs its webhooks."""

    project_id: int
    public_key: str
    webhook_secret: str


# Made once: they run at every request.
_COLUMNS = sa.select(col(ProjectRow.id), col(ProjectRow.public_key), col(ProjectRow.webhook_secret))
_BY_NUMBER = _COLUMNS.where(col(ProjectRow.id) == sa.bindparam("name"))
_BY_SLUG = _COLUMNS.where(col(ProjectRow.slug) == sa.bindparam("name"))


def credentials_of(session: Session, name: str) -> Credentials | None:
    """The credentials of the project of that number or, where that is none, of that slug."""
    found = None
    if not name.isprintable():  # a NUL is no text to PostgreSQL, nor half a character to anybody
        return None
    if name.isascii() and name.isdigit() and len(name) < 16:
        found = session.execute(_BY_NUMBER, {"name": int(name)}).first()
    if found is None:
        found = session.execute(_BY_SLUG, {"name": name[:64]}).first()
    return Credentials(*found) if found is not None else None


def only_project(session: Session) -> int | None:
    """The id of the only project there is; None when there are several, or none."""
    ids = session.execute(sa.select(col(ProjectRow.id)).limit(2)).scalars().all()
    return ids[0] if len(ids) == 1 else None
