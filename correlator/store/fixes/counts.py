"""How all issues fared: episodes counted, and the list behind every count.

A count and its list have the same conditions, so that the list is as long as the number. Counted is
each issue's line that counts most; an issue that came back is counted once for each time.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col

from correlator.store.tables import (
    EpisodeRow,
    FollowedRow,
    IssueRow,
    ProjectRow,
)

# As the public survey has them: 1, 2-3, 4-6, 7 and more.
BINS = ((0, 0), (1, 1), (2, 3), (4, 6), (7, 10_000))
# Users hit before anybody acted, by the power of ten.
USERS = ((0, 0), (1, 9), (10, 99), (100, 2**31 - 1))
# In place of a bin where nobody has acted: there is no number of before.
UNACTED = -1
_BINS = frozenset(str(low) for low, _ in (*USERS, (UNACTED, UNACTED)))
OPEN, HELD = "open", "held"
YES, NO = "yes", "no"
# Stages before everybody has the change.
EARLY = "early"
FULL = "full"
FILTERS = (
    "project", "course", "state", "cycles", "forward", "tried", "culprit", "fix", "stage",
    "month", "users", "first",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which episodes are meant: those that began since then, by the filters that are not empty.

    ``cycles``: the lower end of a bin, ``forward`` the same without roll-backs, ``users`` of its
    own bins, -1 where nobody has acted; ``tried`` and ``first``: yes or no; ``stage``: one, or
    ``early`` for any before full roll-out; ``month``: 2026-03.
    """

    since: datetime
    now: datetime
    filters: Mapping[str, str]
    only_project: int | None = None

    def with_(self, **more: str) -> "Asked":
        """With more filters."""
        return replace(self, filters={**self.filters, **more})


class Group(NamedTuple):
    """Episodes that are alike. ``seconds``: open, all together."""

    is_open: bool
    cycles: int
    roll_backs: int
    state: str
    culprit: str
    fix: str
    is_first: bool
    number: int
    seconds: float


class Beginning(NamedTuple):
    """Issues that were first seen in the same month and stage, of culprits alike. ``users``: the
    lower end of the bin of users hit before anybody acted."""

    month: str
    stage: str
    culprit: str
    users: int
    number: int


def counted(session: Session, asked: Asked) -> tuple[list[Group], list[Beginning]]:
    """The episodes, a row for those that are alike, and where issues were seen first: what came
    back began once before."""
    is_postgres = session.get_bind().dialect.name == "postgresql"
    # Of PostgreSQL's two, the one that counts in floating point, and no text for each row.
    epoch: Any = (
        partial(sa.func.date_part, "epoch") if is_postgres else partial(sa.extract, "epoch")
    )
    month: Any = sa.func.date_trunc("month", col(EpisodeRow.began)) if is_postgres else _month()
    ended = sa.func.coalesce(epoch(col(EpisodeRow.closed_at)), asked.now.timestamp())
    first = col(EpisodeRow.place) == 1
    each = joined(
        sa.select(
            col(EpisodeRow.closed_at).is_(None).label("is_open"),
            col(EpisodeRow.cycles).label("cycles"),
            col(EpisodeRow.roll_backs).label("roll_backs"),
            col(EpisodeRow.state).label("state"),
            col(FollowedRow.culprit_author).label("culprit"),
            col(EpisodeRow.fix_author).label("fix"),
            first.label("is_first"),
            month.label("month"),
            col(FollowedRow.first_stage).label("stage"),
            _users_bin().label("bin"),
            (ended - epoch(col(EpisodeRow.began))).label("seconds"),
        ),
        asked,
    ).subquery()
    alike = list(each.c)[:-1]
    sums = sa.func.count(), sa.func.sum(each.c.seconds)
    rows = list(session.execute(sa.select(*alike, *sums).group_by(*alike)))
    return _groups(rows), _beginnings(rows)


def _groups(rows: Sequence[Any]) -> list[Group]:
    sums: dict[tuple[Any, ...], tuple[int, float]] = {}
    for row in rows:
        alike = (bool(row.is_open), *row[1:6], bool(row.is_first))
        number, seconds = sums.get(alike, (0, 0.0))
        sums[alike] = number + row[10], seconds + float(row[11])
    return [Group._make((*alike, *added)) for alike, added in sums.items()]


def _beginnings(rows: Sequence[Any]) -> list[Beginning]:
    sums: Counter[tuple[str, str, str, int]] = Counter()
    for row in rows:
        if row.is_first:
            sums[str(row.month)[:7], row.stage, row.culprit, row.bin] += row[10]
    return [Beginning(*alike, number) for alike, number in sums.items()]


def joined(query: Any, asked: Asked, *shown: type[IssueRow] | type[ProjectRow]) -> Any:
    """The query over the episodes that are meant. ``shown``: tables that it has columns of, beside
    episodes and where they stand; others are only joined where a filter asks."""
    needed = set(shown)
    if asked.filters.get("project"):
        needed |= {IssueRow, ProjectRow}
    if asked.only_project is not None:
        needed.add(IssueRow)
    line = sa.and_(
        col(FollowedRow.environment) == col(EpisodeRow.environment),
        col(FollowedRow.service) == col(EpisodeRow.service),
    )
    # As one condition: PostgreSQL would take two for independent, and plan for a tenth of the rows.
    on_line = sa.case((line, sa.true()), else_=sa.false())
    found = query.select_from(EpisodeRow).join(
        FollowedRow, sa.and_(col(FollowedRow.issue_id) == col(EpisodeRow.issue_id), on_line)
    )
    if IssueRow in needed:
        found = found.join(IssueRow, col(IssueRow.id) == col(EpisodeRow.issue_id))
    if ProjectRow in needed:
        found = found.join(ProjectRow, col(ProjectRow.id) == col(IssueRow.project_id))
    return found.where(col(EpisodeRow.began) >= asked.since, *_conditions(asked))


def _conditions(asked: Asked) -> list[ColumnElement[bool]]:
    given = {name: value for name, value in asked.filters.items() if value}
    equal: dict[str, Any] = {
        "project": col(ProjectRow.slug),
        "state": col(EpisodeRow.state),
        "culprit": col(FollowedRow.culprit_author),
        "fix": col(EpisodeRow.fix_author),
    }
    found = [column == given[name] for name, column in equal.items() if name in given]
    ready: dict[str, Callable[[str], ColumnElement[bool]]] = {
        "course": lambda value: _is(col(EpisodeRow.closed_at).is_(None), value == OPEN),
        "tried": lambda value: _is(col(EpisodeRow.cycles) > 0, value == YES),
        "first": lambda value: _is(col(EpisodeRow.place) == 1, value == YES),
        "cycles": lambda value: _between(col(EpisodeRow.cycles), BINS, value),
        "forward": lambda value: _between(
            col(EpisodeRow.cycles) - col(EpisodeRow.roll_backs), BINS, value
        ),
        "users": lambda value: _users_bin() == (int(value) if value in _BINS else None),
        "stage": _stage,
        "month": lambda value: _month() == value,
    }
    found += [make(given[name]) for name, make in ready.items() if name in given]
    if asked.only_project is not None:
        found.append(col(IssueRow.project_id) == asked.only_project)
    return found


def _is(condition: ColumnElement[bool], holds: object) -> ColumnElement[bool]:
    return condition if holds else sa.not_(condition)


def _stage(value: str) -> ColumnElement[bool]:
    column = col(FollowedRow.first_stage)
    return column.not_in([FULL, ""]) if value == EARLY else column == value


def _between(column: Any, bins: tuple[tuple[int, int], ...], value: str) -> ColumnElement[bool]:
    low, high = next((one for one in bins if str(one[0]) == value), (-1, -1))
    found: ColumnElement[bool] = column.between(low, high)
    return found


def _users_bin() -> ColumnElement[int]:
    users = sa.func.coalesce(col(FollowedRow.users_before_action), 0)
    cases = [(users <= high, low) for low, high in USERS[:-1]]
    return sa.case((col(FollowedRow.acted_at).is_(None), UNACTED), *cases, else_=USERS[-1][0])


def _month() -> ColumnElement[str]:
    """As 2026-03: both databases write a time so."""
    return sa.func.substr(sa.cast(col(EpisodeRow.began), sa.String), 1, 7)
