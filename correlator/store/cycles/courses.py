"""What was found of an issue's course, put in place of what was found before."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.tables import (
    EpisodeRow,
    EventRow,
    FixAttemptRow,
    FixRow,
    FollowedRow,
    IssueRow,
)
from correlator.types.cycles import WINDOW


@dataclass(frozen=True, slots=True)
class Course:
    """All that was found of an issue: rows that take the place of those before."""

    followed: FollowedRow
    fixes: tuple[FixRow, ...] = ()
    episodes: tuple[EpisodeRow, ...] = ()
    attempts: tuple[FixAttemptRow, ...] = ()


def replace_course(session: Session, issue_id: int, course: Course | None) -> None:
    """Put what was found in place of what was found before; None: nothing is to be said.

    What was gathered before that which is kept already is dropped: it knows less. So is the course
    of an issue that is gone, or was merged into another while it was followed.
    """
    issue = session.get(IssueRow, issue_id, with_for_update=True)
    kept = select(FollowedRow.at).where(FollowedRow.issue_id == issue_id)
    newest = session.exec(kept).first()
    if course is not None and newest is not None and newest > course.followed.at:
        return
    for table in (FixAttemptRow, EpisodeRow, FixRow, FollowedRow):
        session.execute(sa.delete(table).where(col(table.issue_id) == issue_id))
    if course is not None and issue is not None and issue.merged_into is None:
        session.add(course.followed)
        session.add_all([*course.fixes, *course.episodes, *course.attempts])
    session.flush()


def began_exactly(session: Session, issue: IssueRow, episode: EpisodeRow) -> datetime:
    """When its first event was, as far as that is kept: it is known to five minutes without."""
    until = episode.began + WINDOW
    first = sa.select(sa.func.min(col(EventRow.at))).where(
        col(EventRow.issue_id) == issue.id,
        col(EventRow.environment) == episode.environment,
        col(EventRow.service) == episode.service,
        col(EventRow.at) >= episode.began,
        col(EventRow.at) < until,
    )
    found: datetime | None = session.execute(first).scalar()
    return found or episode.began


def users_until(session: Session, issue: IssueRow, until: datetime | None) -> int:
    """Users that the issue hit before a moment (None: so far). Old events are taken away: what was
    counted for the same moment while more of them were there stays true."""
    if until is None:
        return issue.users_seen
    users = sa.func.count(sa.distinct(col(EventRow.user)))
    mine = col(EventRow.issue_id) == issue.id, col(EventRow.at) < until
    counted = session.execute(sa.select(users).where(*mine)).scalar_one()
    before = select(FollowedRow).where(FollowedRow.issue_id == issue.id)
    kept = session.exec(before.where(FollowedRow.acted_at == until)).first()
    return max(int(counted), (kept.users_before_action or 0) if kept else 0)
