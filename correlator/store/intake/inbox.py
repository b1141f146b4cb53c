"""The inbox: what was accepted and not yet worked on. The table itself is the queue.

A row stays ``new`` until it is done; a claim is only a time until which others leave it alone, so
a worker that dies holds nothing up for longer than its lease.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, col, select

from correlator.store.tables import InboxRow
from correlator.types import Inbound

NEW = "new"
DONE = "done"

_TABLE = SQLModel.metadata.tables[InboxRow.__tablename__]
# Made once: the door is the busiest place, and making a statement costs more than running it.
_KEEP = {
    name: dialect.insert(_TABLE)
    .on_conflict_do_nothing(index_elements=["project_id", "source", "delivery"])
    .returning(_TABLE.c.id)
    for name, dialect in (("postgresql", postgresql), ("sqlite", sqlite))
}


def receive(session: Session, inbound: Inbound) -> int | None:
    """Keep a delivery and return its id; None if it was had already.

    Nothing is kept until the session's transaction has committed: answer only after that.
    """
    kept = _KEEP["postgresql" if session.get_bind().dialect.name == "postgresql" else "sqlite"]
    row_id: int | None = session.execute(
        kept,
        {
            "project_id": inbound.project_id,
            "source": inbound.source,
            "delivery": inbound.delivery,
            "encoding": inbound.encoding,
            "headers": dict(inbound.headers),
            "body": inbound.body,
            "received_at": inbound.received_at,
            "state": NEW,
            "attempts": 0,
        },
    ).scalar_one_or_none()
    return row_id


def claim(
    session: Session, now: datetime, lease_seconds: float, limit: int = 100
) -> list[InboxRow]:
    """Take up to ``limit`` deliveries that nobody works on, oldest first, for ``lease_seconds``."""
    rows = list(
        session.exec(
            select(InboxRow)
            .where(_free(now))
            .order_by(col(InboxRow.id))
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    )
    for row in rows:
        row.attempts += 1
        row.claimed_until = now + timedelta(seconds=lease_seconds)
        session.add(row)
    session.flush()
    return rows


def release(session: Session, ids: Sequence[int]) -> None:
    """Give claims back, and the attempts with them: nothing was wrong with these deliveries."""
    session.execute(
        sa.update(InboxRow)
        .where(col(InboxRow.id).in_(list(ids)), col(InboxRow.state) == NEW)
        .values(claimed_until=None, attempts=col(InboxRow.attempts) - 1)
        .execution_options(synchronize_session=False)
    )


def finish(session: Session, ids: Sequence[int], now: datetime) -> None:
    """These are worked on: what they said is kept elsewhere, and their bytes go."""
    session.execute(
        sa.update(InboxRow)
        .where(col(InboxRow.id).in_(list(ids)))
        .values(state=DONE, body=None, done_at=now, claimed_until=None)
        .execution_options(synchronize_session=False)
    )


def claimable(session: Session, now: datetime) -> bool:
    """Whether there is a delivery that nobody works on."""
    return session.exec(select(InboxRow.id).where(_free(now)).limit(1)).first() is not None


def waiting(session: Session) -> int:
    """How many deliveries are not yet done, claimed ones included."""
    count = select(sa.func.count()).select_from(InboxRow).where(InboxRow.state == NEW)
    return session.exec(count).one()


def waiting_of(session: Session, source: str, project_id: int | None) -> int:
    """How many of a source, and of a project if one is given."""
    count = select(sa.func.count()).select_from(InboxRow).where(InboxRow.state == NEW)
    count = count.where(InboxRow.source == source)
    if project_id is not None:
        count = count.where(InboxRow.project_id == project_id)
    return session.exec(count).one()


def oldest_waiting(session: Session) -> datetime | None:
    """When the oldest delivery that is not yet done was received; None when all are."""
    return session.exec(
        select(sa.func.min(InboxRow.received_at)).where(InboxRow.state == NEW)
    ).one()


def _free(now: datetime) -> sa.ColumnElement[bool]:
    until = col(InboxRow.claimed_until)
    return sa.and_(col(InboxRow.state) == NEW, sa.or_(until.is_(None), until <= now))
