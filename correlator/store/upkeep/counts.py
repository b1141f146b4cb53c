"""What would have to be counted row by row, counted by a step and kept with its moment.

``/metrics`` is asked every few seconds by each Prometheus, and five million events take a third of
a second to add up. So a worker counts, and rests the longer, the longer it took.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.rest import has_rested
from correlator.store.tables import CountedRow, IssueRow, VerdictRow
from correlator.store.upkeep import retention
from correlator.store.upsert import insert_into

GAUGES = "gauges"
ISSUES, VERDICTS, BYTES = "issues", "verdicts", "event_bytes"
NAMED = "named"
OFTEN, SELDOM = timedelta(minutes=1), timedelta(hours=1)

Counts = dict[str, dict[str, int]]


def count(session: Session) -> Counts:
    """Issues by status; verdicts in force by ``named`` or the reason of their silence; bytes of
    all stored events (under no label)."""
    status = col(IssueRow.status)
    by_status = sa.select(status, sa.func.count()).group_by(status)
    reason = sa.func.coalesce(col(VerdictRow.abstained), NAMED).label("reason")
    in_force = (
        sa.select(reason, sa.func.count())
        .join(IssueRow, col(IssueRow.verdict_id) == col(VerdictRow.id))
        .group_by(reason)
    )
    return {
        ISSUES: {name: int(number) for name, number in session.execute(by_status)},
        VERDICTS: {name: int(number) for name, number in session.execute(in_force)},
        BYTES: {"": retention.stored_bytes(session)},
    }


def keep(session: Session, counts: Counts, at: datetime, seconds: float) -> None:
    """Put these in place of what was counted before, unless that is newer."""
    row = insert_into(session, CountedRow).values(
        name=GAUGES, at=at, seconds=seconds, counts=counts
    )
    new = {name: row.excluded[name] for name in ("at", "seconds", "counts")}
    session.execute(
        row.on_conflict_do_update(
            index_elements=["name"], set_=new, where=col(CountedRow.at) <= row.excluded.at
        )
    )


def newest(session: Session) -> CountedRow | None:
    """What was counted last; None before the first time."""
    return session.exec(select(CountedRow).where(CountedRow.name == GAUGES)).first()


def is_due(session: Session, now: datetime) -> bool:
    """Whether it is time to count again."""
    last = newest(session)
    return last is None or has_rested(now, last.at, last.seconds, often=OFTEN, seldom=SELDOM)
