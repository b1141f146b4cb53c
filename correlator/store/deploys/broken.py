"""Which deploy broke what: incidents given to the deploy that brought their culprit."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session

from correlator.store.deploys.incidents import (
    acted_on,
    are_there_other_services,
    of_other_services,
)
from correlator.store.deploys.recoveries import tried_on
from correlator.store.gathered import Gathered

Query = sa.Select[*tuple[Any, ...]]


class Placed(NamedTuple):
    """A deploy as far as it is measured: thousands of whole rows would take their time."""

    id: int
    project_id: int
    service: str
    environment: str
    at: datetime


@dataclass(slots=True, kw_only=True)
class Went:
    """A deploy of the window and what is known of it. ``broke``: issue ids by method (culprit or
    time); ``leads``: seconds from commit to deploy of what it brought first; ``goes_on``: something
    that it broke was tried to be mended, and nothing has held yet."""

    deploy: Placed
    kind: str
    own: int | None
    leads: list[float] = field(default_factory=list)
    broke: dict[int, str] = field(default_factory=dict)
    recovered_at: datetime | None = None
    is_rework: bool = False
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class _Incidents:
    """Issues that were acted on and are alike: on a line, their culprits brought by one deploy, or
    of none that is known (``deploy`` None). ``began`` and ``ended`` in the order of ``ids``: when
    each began (None where nothing hangs on it: a culprit is known and a fix was tried), and when
    the fix that held was rolled out. ``tried``: fixes of them were."""

    line: tuple[int, str, str]
    deploy: int | None
    tried: bool
    ids: list[int]
    began: list[datetime | None]
    ended: list[datetime | None]


class _Line:
    """The deploys of one service in one environment, oldest first, to be looked up by time."""

    def __init__(self) -> None:
        self.went: list[Went] = []
        self.times: list[datetime] = []
        self.mended: list[datetime] = []
        self.places: dict[int, int] = {}

    def add(self, one: Went) -> None:
        """The next one."""
        one.is_rework = one.kind in ("roll-back", "hotfix")
        self.places[one.deploy.id] = len(self.went)
        self.went.append(one)
        self.times.append(one.deploy.at)
        if one.is_rework:
            self.mended.append(one.deploy.at)

    def newest(self, at: datetime) -> Went | None:
        """The last deploy until then."""
        place = bisect_right(self.times, at)
        return self.went[place - 1] if place else None

    def mended_after(self, at: datetime) -> datetime | None:
        """The first roll-back or hotfix later than that."""
        place = bisect_right(self.mended, at)
        return self.mended[place] if place < len(self.mended) else None


def mark_broken(
    session: Session,
    went: Sequence[Went],
    inside: Query,
    wanted: Mapping[str, str | int | None],
) -> None:
    """Give each incident to the deploy that brought its culprit to its line; where no culprit is
    known, to the one that was the newest when it began. ``inside``: a query of what the deploys
    of the window brought first, as ``sha``, ``deploy_id`` and the line."""
    if not went:
        return
    lines: dict[tuple[int, str, str], _Line] = defaultdict(_Line)
    for one in went:
        lines[one.deploy.project_id, one.deploy.service, one.deploy.environment].add(one)
    found = _incidents(session, went[0].deploy.at, inside, wanted)
    _give_by_culprit(lines, found)
    for some in found:
        if some.deploy is None and some.line in lines:
            _give_by_time(lines[some.line], some)
    tried = tried_on(session, went[0].deploy.at)
    for one in went:
        one.is_rework |= one.deploy.id in tried
        one.recovered_at = None if one.goes_on else one.recovered_at


def _give_by_culprit(
    lines: Mapping[tuple[int, str, str], _Line], found: Sequence[_Incidents]
) -> None:
    """Of several deploys that brought a culprit, the first is meant."""
    placed = [
        (lines[some.line].places[some.deploy], some) for some in found if some.deploy is not None
    ]
    given: set[int] = set()
    for place, some in sorted(placed, key=lambda one: lines[one[1].line].times[one[0]]):
        line = lines[some.line]
        for issue, began, ended in zip(some.ids, some.began, some.ended, strict=True):
            if issue not in given:
                given.add(issue)
                line.went[place].broke[issue] = "culprit"
                _mark_recovery(line, line.went[place], began, some.tried, ended)


def _give_by_time(line: _Line, some: _Incidents) -> None:
    for issue, began, ended in zip(some.ids, some.began, some.ended, strict=True):
        broken = line.newest(began) if began else None
        if broken is not None:
            broken.broke[issue] = "time"
            _mark_recovery(line, broken, began, some.tried, ended)


def _incidents(
    session: Session, since: datetime, inside: Query, asked: Mapping[str, str | int | None]
) -> list[_Incidents]:
    """The incidents, put together as far as they need not be told apart: as rows of their own they
    would take the page most of its time."""
    # Made once: SQLite would look every culprit up among all that was brought.
    brought = inside.cte("brought").prefix_with("MATERIALIZED", dialect="sqlite")
    asked_of = [_own(since, asked, brought)]
    if are_there_other_services(session):
        asked_of.append(_elsewhere(since, asked, brought))
    return [
        _Incidents((row[0], row[1], row[2]), row[3], bool(row[4]), row[5], row[6], row[7])
        for wanted in asked_of
        # As plain rows: what the session does for objects takes a third more.
        for row in session.connection().execute(wanted).all()
    ]


def _own(since: datetime, asked: Mapping[str, str | int | None], brought: sa.CTE) -> Query:
    """Those whose culprit a deploy of their own line brought, and those without a culprit."""
    one = acted_on(since, asked).cte("one").prefix_with("MATERIALIZED", dialect="sqlite")
    same_line = sa.and_(
        brought.c.sha == one.c.sha,
        brought.c.project_id == one.c.project_id,
        brought.c.service == one.c.service,
        brought.c.environment == one.c.environment,
    )
    return (
        _together(one, brought, [one.c.project_id, one.c.service, one.c.environment])
        .outerjoin(brought, same_line)
        .where(sa.or_(one.c.sha.is_(None), brought.c.deploy_id.is_not(None)))
    )


def _elsewhere(since: datetime, asked: Mapping[str, str | int | None], brought: sa.CTE) -> Query:
    """Those whose culprit is another service's, given to the line that brought it."""
    one = of_other_services(since, asked).cte("one").prefix_with("MATERIALIZED", dialect="sqlite")
    there = [brought.c.project_id, brought.c.service, brought.c.environment]
    same = sa.and_(brought.c.sha == one.c.sha, brought.c.environment == one.c.environment)
    return _together(one, brought, there).join(brought, same)


def _together(one: sa.CTE, brought: sa.CTE, line: Sequence[Any]) -> Query:
    # A time is dear to hand over: that of a beginning only where somebody looks at it.
    matters = sa.or_(brought.c.deploy_id.is_(None), sa.not_(one.c.tried))
    return (
        sa.select(
            *line, brought.c.deploy_id, one.c.tried,
            Gathered(one.c.id), Gathered(sa.case((matters, one.c.began))), Gathered(one.c.ended),
        )
        .select_from(one)
        .group_by(brought.c.deploy_id, one.c.tried, *line)
    )  # fmt: skip


def _mark_recovery(
    line: _Line, broken: Went, began: datetime | None, tried: bool, mended: datetime | None
) -> None:
    """It was over with the fix that held; where none is known, with the roll-back or hotfix that
    came next after it began, if one did. While a fix goes on to fail, so does the deploy."""
    broken.goes_on |= tried and mended is None
    if began and not tried:
        mended = line.mended_after(max(broken.deploy.at, began))
    if mended is not None and (broken.recovered_at is None or broken.recovered_at < mended):
        broken.recovered_at = mended
