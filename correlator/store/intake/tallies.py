"""Counts that outlive the events they were counted from.

Retention takes old events away; what was counted of them stays here, so that every number that
is shown has its rows: ``sum(tally.events)`` is an issue's ``times_seen``, the number of its
``hit`` rows its ``users_seen``.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.tables import EventRow, HitRow, TallyRow
from correlator.store.upsert import insert_into

_KEY = ["issue_id", "hour", "release", "environment", "service"]


# Five minutes each: of the hour, and of the bits of ``tally.windows``.
WINDOWS = 12


def hour_of(at: datetime) -> datetime:
    """The beginning of the hour."""
    return at.replace(minute=0, second=0, microsecond=0)


def window_of(at: datetime) -> int:
    """The bit that stands for the five minutes of its hour that a time lies in."""
    return 1 << at.minute * WINDOWS // 60


def as_counted(event: EventRow) -> dict[str, Any]:
    """An event as a row of counts has it: where it counts, and how much."""
    return {
        "hour": hour_of(event.at),
        "release": event.release or "",
        "environment": event.environment,
        "service": event.service,
        "events": 1,
        "windows": window_of(event.at),
    }


def count_event(session: Session, event: EventRow) -> None:
    """One more, in its hour, release, environment and service."""
    one = insert_into(session, TallyRow).values(issue_id=event.issue_id, **as_counted(event))
    session.execute(
        one.on_conflict_do_update(
            index_elements=_KEY,
            set_={
                "events": col(TallyRow.events) + one.excluded.events,
                "windows": col(TallyRow.windows).op("|")(one.excluded.windows),
            },
        )
    )


def keep_hit(session: Session, issue_id: int, user: str) -> bool:
    """Note that the issue hit this user (a keyed hash); False if that was known."""
    hit = insert_into(session, HitRow).values(issue_id=issue_id, user=user)
    kept = hit.on_conflict_do_nothing(index_elements=["issue_id", "user"])
    return session.execute(kept.returning(col(HitRow.id))).scalar_one_or_none() is not None


def events_between(
    session: Session, issue_id: int, since: datetime, until: datetime
) -> list[tuple[datetime, int]]:
    """Events of an issue by hour, whether or not the events themselves are still there."""
    counted = (
        sa.select(col(TallyRow.hour), sa.func.sum(col(TallyRow.events)))
        .where(col(TallyRow.issue_id) == issue_id)
        .where(col(TallyRow.hour) >= hour_of(since), col(TallyRow.hour) < until)
        .group_by(col(TallyRow.hour))
        .order_by(col(TallyRow.hour))
    )
    return [(row[0], int(row[1])) for row in session.execute(counted)]
