"""How long steps and git commands take, and when each part last showed that it lives.

Workers are many processes, and the web server that is asked for metrics is another one: so their
times are added up here, where all can see them. Each observation falls into exactly one bucket;
a cumulative histogram is their running sum.
"""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from correlator.store.tables import HeartbeatRow, TimingRow
from correlator.store.upsert import insert_into

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
NO_LIMIT = 0.0


@dataclass(frozen=True, slots=True)
class Bucket:
    """What fell into one bucket: ``kind`` is ``step`` or ``git``; ``upto`` 0 means no limit."""

    kind: str
    name: str
    upto: float
    times: int
    seconds: float


def bound_of(seconds: float) -> float:
    """The bucket that a duration falls into."""
    place = bisect_left(BOUNDS, seconds)
    return BOUNDS[place] if place < len(BOUNDS) else NO_LIMIT


def add_timings(session: Session, buckets: Iterable[Bucket]) -> None:
    """Add to what is there. In one order, so that two workers cannot wait for one another."""
    for one in sorted(buckets, key=lambda bucket: (bucket.kind, bucket.name, bucket.upto)):
        row = insert_into(session, TimingRow).values(
            kind=one.kind,
            name=one.name[:60],
            upto=one.upto,
            times=one.times,
            seconds=one.seconds,
        )
        sums = {
            "times": col(TimingRow.times) + row.excluded.times,
            "seconds": col(TimingRow.seconds) + row.excluded.seconds,
        }
        session.execute(
            row.on_conflict_do_update(index_elements=["kind", "name", "upto"], set_=sums)
        )


def timings(session: Session) -> list[Bucket]:
    """Everything so far, by kind, name and bound (no limit last)."""
    rows = session.exec(select(TimingRow))
    made = (Bucket(row.kind, row.name, row.upto, row.times, row.seconds) for row in rows)
    return sorted(made, key=lambda one: (one.kind, one.name, one.upto or float("inf")))


def beat(session: Session, name: str, now: datetime) -> None:
    """``name`` lives."""
    row = insert_into(session, HeartbeatRow).values(name=name, at=now)
    session.execute(
        row.on_conflict_do_update(index_elements=["name"], set_={"at": row.excluded.at})
    )


def heartbeats(session: Session) -> dict[str, datetime]:
    """When each part last showed that it lives."""
    return {row.name: row.at for row in session.exec(select(HeartbeatRow))}
