"""Projects: what a DSN belongs to."""

import re
import secrets
from datetime import datetime

from sqlmodel import Session, col, select

from correlator.errors import Permanent
from correlator.store.tables import ProjectRow

SLUG = re.compile(r"\A[a-z0-9][a-z0-9_-]{0,63}\Z")


def add_project(session: Session, slug: str, now: datetime) -> ProjectRow:
    """A new project with its key and webhook secret. Permanent if the name is taken or odd."""
    if not SLUG.match(slug):
        raise Permanent(
            "A project's name is lower-case letters, digits, '-', '_', at most 64:"
            f" not {slug[:80]!r}."
        )
    if slug.isdigit():
        raise Permanent(
            f"A project's name needs a letter: {slug!r} would be taken for a project's number."
        )
    if find_project(session, slug) is not None:
        raise Permanent(f"There is a project {slug!r} already.")
    row = ProjectRow(
        slug=slug,
        public_key=secrets.token_hex(16),
        webhook_secret=secrets.token_hex(32),
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def find_project(session: Session, name: str) -> ProjectRow | None:
    """The project of that slug, or of that number."""
    if row := session.exec(select(ProjectRow).where(ProjectRow.slug == name)).first():
        return row
    return (
        session.get(ProjectRow, int(name))
        if name.isascii() and name.isdigit() and len(name) < 16
        else None
    )


def the_project(session: Session, name: str | None) -> ProjectRow:
    """The named project, or the only one there is. Permanent says which there are."""
    if name is not None and (row := find_project(session, name)):
        return row
    known = list(session.exec(select(ProjectRow).order_by(col(ProjectRow.slug)).limit(20)))
    if name is None and len(known) == 1:
        return known[0]
    names = ", ".join(row.slug for row in known) or "none yet: correlator project add NAME"
    what = "Say which project with --project" if name is None else f"There is no project {name!r}"
    raise Permanent(f"{what}. Projects: {names}.")


def dsn(base_url: str, project: ProjectRow) -> str:
    """The DSN that an SDK is given."""
    scheme, _, rest = base_url.rstrip("/").partition("://")
    return f"{scheme}://{project.public_key}@{rest}/{project.id}"
