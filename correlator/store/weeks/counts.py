"""What issues did in each of some weeks: events, bursts, users, and when each began."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.tables import EventRow, IssueRow, TallyRow
from correlator.types import Scope, Week

# So many issues are asked for in one statement: both databases take twice as many names.
AT_ONCE = 5000


@dataclass(slots=True)
class Count:
    """What one issue did: events by week (the last is the week itself), bursts, services."""

    events: list[int]
    bursts: dict[tuple[int, datetime], int] = field(default_factory=dict)
    services: Counter[str] = field(default_factory=Counter)

    def bursts_in(self, weeks: Iterable[int]) -> int:
        """Five minutes with an event in these weeks, whichever releases had it."""
        wanted = set(weeks)
        return sum(bits.bit_count() for (week, _), bits in self.bursts.items() if week in wanted)


def in_scope(scope: Scope) -> list[sa.ColumnElement[bool]]:
    """Conditions on tallies, joined with their issues."""
    conditions = [
        col(TallyRow.environment) == scope.environment,
        col(IssueRow.merged_into).is_(None),
    ]
    if scope.services:
        conditions.append(col(TallyRow.service).in_(scope.services))
    if scope.project_id is not None:
        conditions.append(col(IssueRow.project_id) == scope.project_id)
    return conditions


def _of_issue() -> sa.ColumnElement[bool]:
    return col(IssueRow.id) == col(TallyRow.issue_id)


def first_hour(session: Session, scope: Scope) -> datetime | None:
    """When the first event of the scope came: what was before was not watched."""
    first = sa.select(sa.func.min(col(TallyRow.hour))).join(IssueRow, _of_issue())
    found: datetime | None = session.execute(first.where(*in_scope(scope))).scalar()
    return found


def counts(session: Session, scope: Scope, weeks: Sequence[Week]) -> dict[int, Count]:
    rows = session.execute(
        sa.select(
            col(TallyRow.issue_id),
            col(TallyRow.hour),
            col(TallyRow.service),
            col(TallyRow.events),
            col(TallyRow.windows),
        )
        .join(IssueRow, _of_issue())
        .where(*in_scope(scope))
        .where(col(TallyRow.hour) >= weeks[0].since, col(TallyRow.hour) < weeks[-1].until)
    )
    found: defaultdict[int, Count] = defaultdict(lambda: Count([0] * len(weeks)))
    for issue_id, hour, service, events, windows in rows:
        place = sum(hour >= week.since for week in weeks) - 1
        one = found[issue_id]
        one.events[place] += events
        key = (place, hour)
        # Rows from before bursts were told apart have no bits: an hour of them is one burst.
        one.bursts[key] = one.bursts.get(key, 0) | (windows or 1)
        one.services[service] += events if place == len(weeks) - 1 else 0
    return dict(found)


def began_at(session: Session, scope: Scope, ids: Sequence[int]) -> dict[int, datetime]:
    """The first hour of each of these issues in the scope."""
    began: dict[int, datetime] = {}
    for at in range(0, len(ids), AT_ONCE):
        first = (
            sa.select(col(TallyRow.issue_id), sa.func.min(col(TallyRow.hour)))
            .join(IssueRow, _of_issue())
            .where(*in_scope(scope), col(TallyRow.issue_id).in_(ids[at : at + AT_ONCE]))
            .group_by(col(TallyRow.issue_id))
        )
        began |= {row[0]: row[1] for row in session.execute(first)}
    return began


def users_by_week(
    session: Session, scope: Scope, weeks: Sequence[Week], ids: Sequence[int]
) -> defaultdict[int, list[int]]:
    """Users by issue whom the events of each week named, as far as the events are kept."""
    users: defaultdict[int, list[int]] = defaultdict(lambda: [0] * len(weeks))
    for at in range(0, len(ids), AT_ONCE):
        rows = session.execute(_hit(scope, weeks, ids[at : at + AT_ONCE]))
        for issue_id, week, count in rows:
            users[issue_id][int(week)] = int(count)
    return users


def _hit(scope: Scope, weeks: Sequence[Week], ids: Sequence[int]) -> Any:
    later: list[tuple[Any, Any]] = [
        (col(EventRow.at) >= weeks[place].since, sa.literal_column(str(place)))
        for place in range(len(weeks) - 1, 0, -1)
    ]
    first: Any = sa.literal_column("0")
    week = (sa.case(*later, else_=first) if later else first).label("week")
    hit = (
        sa.select(col(EventRow.issue_id), week, sa.func.count(sa.distinct(col(EventRow.user))))
        .where(
            col(EventRow.issue_id).in_(ids),
            col(EventRow.environment) == scope.environment,
            col(EventRow.at) >= weeks[0].since,
            col(EventRow.at) < weeks[-1].until,
        )
        .group_by(col(EventRow.issue_id), week)
    )
    return hit.where(col(EventRow.service).in_(scope.services)) if scope.services else hit
