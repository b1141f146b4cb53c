"""Which release of another service had part in a failure: an event of it in the same trace says so.

A failing service names its own release only. Where the culprit is another service's, the clock
tells what was live of that, in whole hours; a trace tells it for each event that it has.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from correlator.store.intake.tallies import hour_of, window_of
from correlator.store.tables import EventRow, TallyRow
from correlator.types import Seen

# The newest events that are looked for in other services' traces.
MOST_EVENTS = 5000


@dataclass(frozen=True, slots=True)
class Other:
    """A service whose release is wanted."""

    project_id: int
    service: str


def placed_by_trace(
    session: Session, issue_id: int, tallies: Iterable[TallyRow], other: Other
) -> tuple[Seen, ...]:
    """Events of one line by the releases of the other service; nameless where no trace tells."""
    rows = list(tallies)
    by_hour: defaultdict[datetime, list[tuple[str, int]]] = defaultdict(list)
    for at, release in _traced(session, issue_id, rows[0], other):
        by_hour[hour_of(at)].append((release, window_of(at)))
    hours: defaultdict[datetime, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for row in rows:
        events, windows = hours[row.hour]
        hours[row.hour] = events + row.events, windows | row.windows
    return tuple(
        seen
        for hour, (events, windows) in sorted(hours.items())
        for seen in _parted(hour, events, windows, by_hour.get(hour, []))
    )


def _parted(
    hour: datetime, events: int, windows: int, told: list[tuple[str, int]]
) -> Iterator[Seen]:
    number = Counter(release for release, _ in told)
    bits: Counter[str] = Counter()
    for release, window in told:
        bits[release] |= window
    for release in sorted(number):
        yield Seen(hour=hour, release=release, events=number[release], windows=bits[release])
        windows &= ~bits[release]
    if (left := events - number.total()) > 0:
        yield Seen(hour=hour, release="", events=left, windows=windows)


def _traced(
    session: Session, issue_id: int, line: TallyRow, other: Other
) -> Iterator[tuple[datetime, str]]:
    """When each event of the line was, and the other's release in its trace; one for each event."""
    mine, theirs = aliased(EventRow), aliased(EventRow)
    newest = (
        sa.select(col(mine.id), col(mine.at), col(theirs.release))
        .join(theirs, col(theirs.trace_id) == col(mine.trace_id))
        .where(col(mine.issue_id) == issue_id, col(mine.trace_id).is_not(None))
        .where(col(mine.environment) == line.environment, col(mine.service) == line.service)
        .where(col(theirs.project_id) == other.project_id, col(theirs.service) == other.service)
        .where(col(theirs.release).is_not(None))
        .order_by(col(mine.at).desc(), col(theirs.id))
        .limit(MOST_EVENTS)
    )
    known: set[int] = set()
    for event_id, at, release in session.execute(newest):
        if event_id not in known:
            known.add(event_id)
            yield at, release
