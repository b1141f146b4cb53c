"""What Alembic runs around the versions. The connection comes from ``store.migrate``, locked."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

from correlator.store import tables


def plainly(kind: str, thing: Any, generating: Any) -> str | Literal[False]:
    """How a new version spells a column's type where Alembic's own spelling would not run."""
    if kind != "type":
        return False
    if isinstance(thing, AutoString):
        return f"sa.String(length={thing.length})" if thing.length else "sa.String()"
    if isinstance(thing, UTCDateTime):
        generating.imports.add("from sqlmodel.sql.sqltypes import UTCDateTime")
        return "UTCDateTime()"
    if isinstance(thing, sa.JSON):
        generating.imports.add("from sqlalchemy.dialects import postgresql")
        return "sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.ProjectRow.metadata,
    render_as_batch=True,
    render_item=plainly,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
