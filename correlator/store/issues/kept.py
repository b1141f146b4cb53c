"""Issues and their events: what digest keeps, and the to-do list of investigate."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.intake.bodies import pack
from correlator.store.intake.fingerprints import (
    Joiner,
    Known,
    attach,
    known_by_older,
    known_issue,
    near_duplicate,
)
from correlator.store.intake.tallies import count_event, keep_hit
from correlator.store.issues.parts import count_part
from correlator.store.tables import EventRow, IssueRow, ProjectRow, ReleaseRow
from correlator.types import Event, Fingerprint


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of an event. ``wants_verdict``: its issue is (again) on the to-do list."""

    issue_id: int
    is_new: bool
    wants_verdict: bool


def keep_event(
    session: Session,
    project: ProjectRow,
    event: Event,
    fingerprint: Fingerprint,
    received_at: datetime,
    join: Joiner | None = None,
) -> Kept:
    """Put an event under its issue, once: a second delivery of an event id changes nothing.

    ``join`` says of a new fingerprint whether a known one is the same failure; without it every
    new fingerprint is an issue of its own.

    An event that happened before the issue's first sight (it came late) becomes the first sight,
    because the verdict rests on where the failure was first seen.
    """
    at = min(event.at, received_at)
    known = session.exec(
        select(EventRow).where(
            EventRow.project_id == project.id, EventRow.event_id == event.event_id
        )
    ).first()
    if known is not None:
        return Kept(known.issue_id, is_new=False, wants_verdict=False)
    issue, fingerprint_id = (
        known_issue(session, project, fingerprint)
        or _known_since(session, project, fingerprint, received_at, join)
        or _born(session, project, event, fingerprint, at)
    )
    assert issue.id is not None
    first = issue.times_seen == 0
    body = pack(event)
    row = EventRow(
        project_id=issue.project_id,
        issue_id=issue.id,
        event_id=event.event_id,
        at=at,
        received_at=received_at,
        release=event.release,
        environment=event.environment,
        service=service_of(event, project),
        user=event.user,
        trace_id=event.trace_id,
        stored_bytes=len(body),
        body=body,
        fingerprint_id=fingerprint_id,
    )
    session.add(row)
    session.flush()
    count_event(session, row)
    if issue.apart_since is not None:
        count_part(session, row)
    is_new_user = event.user is not None and keep_hit(session, issue.id, event.user)
    _keep_release(session, issue.project_id, event.release, at)
    earlier = not first and at < issue.first_seen
    moved = earlier and (event.release, event.environment) != (
        issue.first_release,
        issue.first_environment,
    )
    if first or earlier:
        _first_sight(issue, row)
    issue.wants_verdict = issue.wants_verdict or first or moved
    if moved:
        # Whoever is at it now looks at another first sight: their claim ends.
        issue.leased_until = None
    issue.last_seen = max(issue.last_seen, at)
    issue.times_seen += 1
    issue.users_seen += is_new_user
    session.add(issue)
    session.flush()
    return Kept(issue.id, is_new=True, wants_verdict=first or moved)


def service_of(event: Event, project: ProjectRow) -> str:
    """The service an event came from: as its tag says, else the project."""
    return (event.service or project.slug)[:100]


def _known_since(
    session: Session,
    project: ProjectRow,
    fingerprint: Fingerprint,
    now: datetime,
    join: Joiner | None,
) -> Known | None:
    """Whether a fingerprint that leads nowhere yet does so on a second look.

    One issue at a time is born in a project: whoever comes second finds the first one's.
    """
    session.exec(
        select(ProjectRow)
        .where(ProjectRow.id == project.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    found = known_issue(session, project, fingerprint) or known_by_older(
        session, project, fingerprint, now
    )
    if found is not None or join is None:
        return found
    return near_duplicate(session, fingerprint, project, join, now)


def _born(
    session: Session, project: ProjectRow, event: Event, fingerprint: Fingerprint, at: datetime
) -> Known:
    """A new issue, with the project's next number. The project's row is locked."""
    project.issues_made += 1
    raised = event.raised
    issue = IssueRow(
        project_id=project.id or 0,
        number=project.issues_made,
        type=(raised.type if raised else "Message")[:200],
        value=(raised.value if raised else event.formatted or event.message)[:1000],
        culprit_frame=fingerprint.parts[-1][:500] if fingerprint.parts else "",
        level=event.level,
        platform=event.platform[:40],
        first_seen=at,
        last_seen=at,
        first_release=event.release,
        first_environment=event.environment,
        first_service=service_of(event, project),
    )
    session.add_all([project, issue])
    session.flush()
    return issue, attach(session, issue, fingerprint)


def _first_sight(issue: IssueRow, event: EventRow) -> None:
    issue.first_seen = event.at
    issue.first_release = event.release
    issue.first_environment = event.environment
    issue.first_service = event.service
    issue.first_event_id = event.id


def _keep_release(session: Session, project_id: int, name: str | None, at: datetime) -> None:
    if not name:
        return
    known = select(ReleaseRow.id).where(
        ReleaseRow.project_id == project_id, ReleaseRow.name == name
    )
    if session.exec(known).first() is None:
        session.add(ReleaseRow(project_id=project_id, name=name, first_seen=at))
        session.flush()


def lease_issue(
    session: Session, now: datetime, seconds: float, ids: Sequence[int]
) -> IssueRow | None:
    """Take an issue that wants a verdict and that nobody holds; ``ids`` empty means any.

    A claim that ran out may have been too short: each further one lasts twice as long.
    """
    todo = select(IssueRow).where(*_free(now)).order_by(col(IssueRow.id)).limit(1)
    if ids:
        todo = todo.where(col(IssueRow.id).in_(ids))
    issue = session.exec(todo.with_for_update(skip_locked=True)).first()
    if issue is not None:
        issue.leased_until = now + timedelta(seconds=seconds * 2 ** min(issue.attempts, 10))
        issue.attempts += 1
        session.add(issue)
    return issue


def release_issue(session: Session, issue_id: int) -> None:
    """Give a claim back, and the attempt with it: others may take the issue at once."""
    session.execute(
        sa.update(IssueRow)
        .where(col(IssueRow.id) == issue_id)
        .values(leased_until=None, attempts=col(IssueRow.attempts) - 1)
    )


def waiting_issues(session: Session, now: datetime) -> int:
    """How many issues want a verdict and are in nobody's hands."""
    return session.exec(select(sa.func.count()).select_from(IssueRow).where(*_free(now))).one()


def _free(now: datetime) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    until = col(IssueRow.leased_until)
    return col(IssueRow.wants_verdict).is_(True), sa.or_(until.is_(None), until < now)
