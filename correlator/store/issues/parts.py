"""What each fingerprint of an issue counts for, so that what was joined can be parted again.

Most issues have one fingerprint: its counts are the issue's, and nothing is kept twice. From the
moment there is a second, each is counted by itself as well; an issue's tallies and hits are then
the sum of its parts, and moving a fingerprint moves exactly what came in under it, whether or not
the events are still there.
"""

import operator
from collections.abc import Sequence
from datetime import datetime
from functools import reduce

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.intake.tallies import WINDOWS, as_counted
from correlator.store.tables import (
    EventRow,
    FingerprintRow,
    FollowedRow,
    HitRow,
    IssueRow,
    PartHitRow,
    PartTallyRow,
    TallyRow,
)
from correlator.store.upsert import insert_into

_COUNTED = ("hour", "release", "environment", "service")
_SUMMED = ("events", "windows")
_CHUNK = 500


def count_part(session: Session, event: EventRow) -> None:
    """One more event of its fingerprint, and its user if that is a new one."""
    counted = as_counted(event)
    one = insert_into(session, PartTallyRow).values(fingerprint_id=event.fingerprint_id, **counted)
    more = {
        "events": col(PartTallyRow.events) + one.excluded.events,
        "windows": col(PartTallyRow.windows).op("|")(one.excluded.windows),
    }
    session.execute(
        one.on_conflict_do_update(index_elements=["fingerprint_id", *_COUNTED], set_=more)
    )
    if event.user is not None:
        hit = insert_into(session, PartHitRow).values(
            fingerprint_id=event.fingerprint_id, user=event.user
        )
        session.execute(hit.on_conflict_do_nothing(index_elements=["fingerprint_id", "user"]))


def count_apart(session: Session, issue: IssueRow, now: datetime) -> None:
    """From now on each fingerprint of the issue is counted by itself; what there is so far is
    the share of the one it had. The issue's row must be locked; does nothing the second time."""
    if issue.apart_since is not None or (main := main_of(session, issue)) is None:
        return
    issue.apart_since = now
    session.add(issue)
    session.flush()
    of_issue = col(TallyRow.issue_id) == issue.id
    tallies = sa.select(
        sa.literal(main), *(getattr(TallyRow, name) for name in (*_COUNTED, *_SUMMED))
    ).where(of_issue)
    session.execute(
        sa.insert(PartTallyRow).from_select(["fingerprint_id", *_COUNTED, *_SUMMED], tallies)
    )
    hits = sa.select(sa.literal(main), col(HitRow.user)).where(col(HitRow.issue_id) == issue.id)
    session.execute(sa.insert(PartHitRow).from_select(["fingerprint_id", "user"], hits))
    session.execute(
        sa.update(EventRow)
        .where(col(EventRow.issue_id) == issue.id, col(EventRow.fingerprint_id).is_(None))
        .values(fingerprint_id=main)
    )


def main_of(session: Session, issue: IssueRow) -> int | None:
    """The fingerprint that events without one are counted for: the first of the newest version
    that the issue had, as a row of an older version only leads there."""
    newest = col(FingerprintRow.version).desc(), col(FingerprintRow.id)
    return session.exec(
        select(FingerprintRow.id).where(FingerprintRow.issue_id == issue.id).order_by(*newest)
    ).first()


def move(session: Session, fingerprints: Sequence[int], source: IssueRow, target: IssueRow) -> None:
    """Take these fingerprints, and all that came in under them, from one issue to another. Both
    are counted apart and locked; their own columns are for the caller to see to."""
    for at in range(0, len(fingerprints), _CHUNK):
        some = fingerprints[at : at + _CHUNK]
        for table in (EventRow, FingerprintRow):
            named = EventRow.fingerprint_id if table is EventRow else FingerprintRow.id
            session.execute(
                sa.update(table)
                .where(col(table.issue_id) == source.id, col(named).in_(some))
                .values(issue_id=target.id)
            )
    for issue in (source, target):
        recount(session, issue)
    # Users that were counted with what has gone are not the issue's any more.
    counted = sa.update(FollowedRow).where(col(FollowedRow.issue_id) == source.id)
    session.execute(counted.values(users_before_action=None))


def recount(session: Session, issue: IssueRow) -> None:
    """An issue's tallies and hits from its parts, and its numbers from these."""
    mine = sa.select(col(FingerprintRow.id)).where(col(FingerprintRow.issue_id) == issue.id)
    for table in (TallyRow, HitRow):
        session.execute(sa.delete(table).where(col(table.issue_id) == issue.id))
    columns = [getattr(PartTallyRow, name) for name in _COUNTED]
    tallies = (
        sa.select(sa.literal(issue.id), *columns, sa.func.sum(col(PartTallyRow.events)), _any())
        .where(col(PartTallyRow.fingerprint_id).in_(mine))
        .group_by(*columns)
    )
    session.execute(sa.insert(TallyRow).from_select(["issue_id", *_COUNTED, *_SUMMED], tallies))
    hits = sa.select(sa.literal(issue.id), col(PartHitRow.user)).where(
        col(PartHitRow.fingerprint_id).in_(mine)
    )
    known = hits.where(col(PartHitRow.user).is_not(None)).distinct()
    erased = hits.where(col(PartHitRow.user).is_(None))
    for some in (known, erased):
        session.execute(sa.insert(HitRow).from_select(["issue_id", "user"], some))
    issue.times_seen = _number(
        session, sa.func.sum(col(TallyRow.events)), col(TallyRow.issue_id) == issue.id
    )
    issue.users_seen = _number(
        session, sa.func.count(col(HitRow.id)), col(HitRow.issue_id) == issue.id
    )
    session.add(issue)
    session.flush()


def _any() -> sa.ColumnElement[int]:
    """The windows that any of the parts had: no function for it is known to both databases."""
    bits = (
        sa.func.max(col(PartTallyRow.windows).op("&")(1 << window)) for window in range(WINDOWS)
    )
    return reduce(operator.add, bits)


def _number(session: Session, of: sa.ColumnElement[int], where: sa.ColumnElement[bool]) -> int:
    return int(session.execute(sa.select(of).where(where)).scalar_one() or 0)


def drop_part_users(session: Session, users: Sequence[str]) -> None:
    """Let the users hit stay counted, without saying that these were among them."""
    mine = sa.update(PartHitRow).where(col(PartHitRow.user).in_(users))
    session.execute(mine.values(user=None))
