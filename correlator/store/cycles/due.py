"""Whose course is to be told anew: after a deploy, an event, a commit, or because time went by."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.intake.tallies import hour_of
from correlator.store.tables import (
    FixRow,
    FollowedRow,
    IssueRow,
    ProjectRow,
    ScoredRow,
    SentryIssueRow,
    SuspectRow,
)
from correlator.types import AttemptState, Exposure

AT_ONCE = 400
HOUR = timedelta(hours=1)
# Use that comes late mostly comes in a row of deliveries: one look after them is enough.
SETTLED = timedelta(minutes=1)
# What more use may decide; of the others only figures change, and these are made anew anyway.
UNDECIDED = (AttemptState.TOO_EARLY.value, AttemptState.UNEXERCISED.value)
# A project, an environment and a service.
Place = tuple[int, str, str]


def due(session: Session, now: datetime, limit: int) -> list[int]:
    """Issues that are to be looked at again, those that waited longest first."""
    rows = select(FollowedRow.issue_id).where(col(FollowedRow.again_at) <= now)
    return list(session.exec(rows.order_by(col(FollowedRow.again_at)).limit(limit)))


def first_used(project: ProjectRow, counted: Iterable[Exposure]) -> dict[Place, datetime]:
    """Of each line that use was told of, the earliest hour."""
    found: dict[Place, datetime] = {}
    for one in counted:
        place = (project.id or 0, one.environment, (one.service or project.slug)[:100])
        hour = hour_of(one.at)
        found[place] = min(found.get(place, hour), hour)
    return found


def use_came_late(session: Session, used: Mapping[Place, datetime], now: datetime) -> None:
    """Make issues due whose newest attempt is undecided, and was judged when this use had not been
    told yet.

    Of the hour that goes on there is always more to come: it makes nothing due before its time.
    Row by row in their order, so that two workers never wait for each other.
    """
    soon = now + SETTLED
    late: set[int] = set()
    for (project_id, environment, service), hour in used.items():
        rows = (
            sa.select(col(FollowedRow.id))
            .join(IssueRow, col(IssueRow.id) == col(FollowedRow.issue_id))
            .where(col(FollowedRow.again_at) > soon, col(FollowedRow.at) >= hour + HOUR)
            .where(col(FollowedRow.state).in_(UNDECIDED), col(IssueRow.project_id) == project_id)
            .where(col(FollowedRow.environment) == environment)
            .where(col(FollowedRow.service) == service)
        )
        late.update(session.execute(rows).scalars())
    for row_id in sorted(late):
        session.execute(
            sa.update(FollowedRow).where(col(FollowedRow.id) == row_id).values(again_at=soon)
        )


def put_off(session: Session, issue_ids: Iterable[int], until: datetime) -> None:
    """Look at issues that could not be followed again then, so that others get their turn."""
    for issue_id in sorted(issue_ids):
        session.execute(
            sa.update(FollowedRow)
            .where(col(FollowedRow.issue_id) == issue_id)
            .values(again_at=until)
        )


def with_fixes(session: Session, issue_ids: Collection[int]) -> list[int]:
    """Those of the issues of which a fix is known: a new event may speak against it."""
    rows = select(FixRow.issue_id).where(col(FixRow.issue_id).in_(issue_ids)).distinct()
    return sorted(session.exec(rows))


def named_issues(session: Session, project_id: int | None, names: Collection[str]) -> list[int]:
    """The issues of a project (None: of all) that these names mean, as ``code.mending`` writes
    them."""
    within = [] if project_id is None else [col(IssueRow.project_id) == project_id]
    ours = sa.select(col(IssueRow.id)).where(*within)
    theirs = sa.select(col(SentryIssueRow.issue_id)).where(
        col(SentryIssueRow.issue_id).is_not(None),
        *([] if project_id is None else [col(SentryIssueRow.project_id) == project_id]),
    )
    number = sa.tuple_(col(IssueRow.project_id), col(IssueRow.number))
    found = {
        *_among(session, ours, number, _numbers(session, names)),
        *_among(session, ours, col(IssueRow.id), [
            int(one) for one in _after("issue:", names) if one.isdecimal() and len(one) < 19
        ]),
        *_among(session, theirs, col(SentryIssueRow.number), _after("sentry:", names)),
        *_among(session, theirs, col(SentryIssueRow.short), [
            one.upper() for one in names if ":" not in one
        ]),
    }  # fmt: skip
    return sorted(found)


def _numbers(session: Session, names: Iterable[str]) -> list[tuple[int, int]]:
    """(project, number) of the names that may be an issue's here: its project is known."""
    known = session.execute(sa.select(col(ProjectRow.slug), col(ProjectRow.id)))
    projects = {slug: project_id for slug, project_id in known}
    parts = [name.rpartition("-") for name in names]
    return [
        (projects[slug], int(number))
        for slug, _, number in parts
        if slug in projects and number.isdecimal() and len(number) < 10
    ]


def _after(beginning: str, names: Iterable[str]) -> list[str]:
    return [name.removeprefix(beginning) for name in names if name.startswith(beginning)]


def _among(
    session: Session, query: sa.Select[Any], column: Any, values: Sequence[Any]
) -> Iterator[int]:
    """The numbers that a query has where the column is one of these; so many at a time as a
    statement may hold."""
    for at in range(0, len(values), AT_ONCE):
        rows = session.execute(query.where(column.in_(values[at : at + AT_ONCE])))
        yield from (int(one) for one in rows.scalars())


def suspecting(session: Session, shas: Collection[str]) -> list[int]:
    """Issues whose verdict in force names one of these commits first, or for which people's words
    do."""
    rows = (
        sa.select(col(IssueRow.id))
        .join(SuspectRow, col(SuspectRow.verdict_id) == col(IssueRow.verdict_id))
        .where(col(SuspectRow.place) == 1)
    )
    found = set(_among(session, rows, col(SuspectRow.sha), sorted(shas)))
    spoken_of = sa.select(col(ScoredRow.issue_id))
    return sorted(found | set(_among(session, spoken_of, col(ScoredRow.named_sha), sorted(shas))))


def deploy_concerns(
    session: Session, project_id: int, now: datetime, limit: int = 300
) -> list[int]:
    """Issues of a project that a roll-out may mend: those that are open and of which a fix is
    known, all of them; then those that still fail and have a verdict, the newest."""
    mine = (
        sa.select(col(IssueRow.id))
        .where(col(IssueRow.project_id) == project_id, col(IssueRow.merged_into).is_(None))
        .order_by(col(IssueRow.last_seen).desc())
    )
    fixed = col(IssueRow.id).in_(select(FixRow.issue_id))
    is_open = sa.select(col(FollowedRow.issue_id)).where(col(FollowedRow.is_open).is_(True))
    still_fails = sa.and_(
        col(IssueRow.verdict_id).is_not(None),
        col(IssueRow.last_seen) >= now - timedelta(days=30),
    )
    waiting = session.execute(mine.where(fixed, col(IssueRow.id).in_(is_open))).scalars()
    others = session.execute(mine.where(sa.or_(fixed, still_fails)).limit(limit)).scalars()
    return list(dict.fromkeys([*waiting, *others]))
