"""Whose course is to be told anew: after a deploy, an event, a commit, or because time went by."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.tables import (
    FixRow,
    FollowedRow,
    IssueRow,
    ProjectRow,
    SentryIssueRow,
    SuspectRow,
)
from correlator.store.tallies import hour_of
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
    pairs = [(slug, int(number)) for name in names for slug, _, number in [name.rpartition("-")]
             if slug and number.isdigit() and len(number) < 10]  # fmt: skip
    found: list[int] = []
    for slug, number in pairs[:AT_ONCE]:
        rows = (
            select(IssueRow.id)
            .join(ProjectRow, col(ProjectRow.id) == col(IssueRow.project_id))
            .where(ProjectRow.slug == slug, IssueRow.number == number)
        )
        if project_id is not None:
            rows = rows.where(IssueRow.project_id == project_id)
        found += [one for one in session.exec(rows) if one is not None]
    ours = [int(name[6:]) for name in names if name.startswith("issue:") and len(name) < 24]
    by_address = select(IssueRow).where(col(IssueRow.id).in_(ours))
    found += [one.id or 0 for one in session.exec(by_address)
              if project_id in (None, one.project_id)]  # fmt: skip
    theirs = select(SentryIssueRow).where(
        sa.or_(
            col(SentryIssueRow.number).in_([name[7:] for name in names if name[:7] == "sentry:"]),
            sa.func.lower(col(SentryIssueRow.short)).in_(list(names)),
        )
    )
    if names:
        found += [row.issue_id for row in session.exec(theirs)
                  if row.issue_id and project_id in (None, row.project_id)]  # fmt: skip
    return sorted(set(found))


def suspecting(session: Session, shas: Collection[str]) -> list[int]:
    """Issues whose verdict in force names one of these commits first."""
    rows = (
        sa.select(col(IssueRow.id))
        .join(SuspectRow, col(SuspectRow.verdict_id) == col(IssueRow.verdict_id))
        .where(col(SuspectRow.sha).in_(list(shas)[:AT_ONCE]), col(SuspectRow.place) == 1)
    )
    return [int(one) for one in session.execute(rows).scalars()] if shas else []


def deploy_concerns(
    session: Session, project_id: int, now: datetime, limit: int = 300
) -> list[int]:
    """Issues of a project that a roll-out may mend: those that still fail and have a verdict, or
    of which a fix is known; newest first."""
    fixed = select(FixRow.issue_id)
    rows = (
        select(IssueRow.id)
        .where(
            IssueRow.project_id == project_id,
            col(IssueRow.merged_into).is_(None),
            sa.or_(
                col(IssueRow.id).in_(fixed),
                sa.and_(
                    col(IssueRow.verdict_id).is_not(None),
                    col(IssueRow.last_seen) >= now - timedelta(days=30),
                ),
            ),
        )
        .order_by(col(IssueRow.last_seen).desc())
        .limit(limit)
    )
    return [one for one in session.exec(rows) if one is not None]
