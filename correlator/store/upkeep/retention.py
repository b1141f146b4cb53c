"""Which events may go, and taking them away a few at a time.

Only events go, and deliveries and trouble that are long over. Issues, fingerprints, verdicts,
suspects, judgements, deploys, commits, counts (``tally``) and users hit (``hit``) stay for good.
Of every issue these events stay however old: its first, every one that a verdict rests on, and
``samples`` more, spread over its releases, the newest of each release first. An issue's newest
event is its newest release's newest, so it is among them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.intake.inbox import DONE
from correlator.store.tables import EventRow, InboxRow, IssueRow, TroubleRow, VerdictRow

# Nothing goes to meet the budget before it has been looked at.
LEAST_AGE = timedelta(hours=1)


def issues_with_old(
    session: Session, cutoff: datetime, after: int, samples: int, limit: int
) -> list[int]:
    """Issues, in order from the one after ``after``, with more old events than are kept anyway."""
    old = (
        select(col(EventRow.issue_id))
        .where(col(EventRow.at) < cutoff, col(EventRow.issue_id) > after)
        .group_by(col(EventRow.issue_id))
        .having(sa.func.count() > samples)
        .order_by(col(EventRow.issue_id))
        .limit(limit)
    )
    return list(session.exec(old))


def removable(session: Session, issue_id: int, cutoff: datetime, samples: int) -> list[int]:
    """Ids of the issue's events that may go, oldest first.

    Those that stay are chosen among the old ones alone: so what was chosen once is chosen again,
    and newer events, which stay in any case, need not be read.
    """
    old = sa.and_(col(EventRow.issue_id) == issue_id, col(EventRow.received_at) < cutoff)
    newest_first = (col(EventRow.at).desc(), col(EventRow.id).desc())
    of_release = sa.func.row_number().over(
        partition_by=col(EventRow.release), order_by=newest_first
    )
    ranked = (
        sa.select(col(EventRow.id), col(EventRow.at), of_release.label("place"))
        .where(old, col(EventRow.at) < cutoff)
        .subquery()
    )
    chosen = (
        sa.select(ranked.c.id)
        .order_by(ranked.c.place, ranked.c.at.desc(), ranked.c.id.desc())
        .limit(samples)
    )
    kept = set(session.execute(chosen).scalars()) | rested_on(session, issue_id)
    ids = sa.select(ranked.c.id).order_by(ranked.c.at, ranked.c.id)
    return [found for found in session.execute(ids).scalars() if found not in kept]


def rested_on(session: Session, issue_id: int) -> set[int | None]:
    """Ids of the events that the issue and its verdicts rest on: they must stay."""
    first = session.exec(select(IssueRow.first_event_id).where(IssueRow.id == issue_id)).first()
    shown = session.exec(select(VerdictRow.event_id).where(VerdictRow.issue_id == issue_id))
    return {first, *shown}


def remove_events(session: Session, issue_id: int, ids: Sequence[int]) -> int:
    """Take these events away, unless something has come to rest on one meanwhile; how many went."""
    kept = rested_on(session, issue_id)
    gone = [each for each in ids if each not in kept]
    session.execute(sa.delete(EventRow).where(col(EventRow.id).in_(gone)))
    return len(gone)


def stored_bytes(session: Session, before: datetime | None = None) -> int:
    """Bytes of all event bodies, or of those received before a moment."""
    total = select(sa.func.coalesce(sa.func.sum(col(EventRow.stored_bytes)), 0))
    if before is not None:
        total = total.where(col(EventRow.received_at) < before)
    return int(session.exec(total).one())


def oldest_within(session: Session, room: int) -> datetime | None:
    """When the oldest event was received such that it and all newer ones take at most ``room``
    bytes; None when not even the newest does."""
    newest_first = (col(EventRow.received_at).desc(), col(EventRow.id).desc())
    running = sa.func.sum(col(EventRow.stored_bytes)).over(order_by=newest_first)
    sums = sa.select(col(EventRow.received_at).label("at"), running.label("running")).subquery()
    fitting = sa.select(sa.func.min(sums.c.at)).where(sums.c.running <= room)
    found: datetime | None = session.execute(fitting).scalar()
    return found


def forget_deliveries(session: Session, before: datetime, limit: int) -> int:
    """Forget deliveries that were done before a moment; how many were. Their bytes went long ago,
    but until now a repeated delivery was known by them."""
    done = (
        select(InboxRow.id)
        .where(InboxRow.state == DONE, col(InboxRow.done_at) < before)
        .order_by(col(InboxRow.id))
        .limit(limit)
    )
    # Trouble that is open can be replayed, for which its delivery must be there.
    stuck = select(TroubleRow.subject_id).where(
        TroubleRow.step == "digest", col(TroubleRow.resolved_at).is_(None)
    )
    ids = list(session.exec(done.where(col(InboxRow.id).not_in(stuck))))
    session.execute(sa.delete(InboxRow).where(col(InboxRow.id).in_(ids)))
    return len(ids)


def forget_trouble(session: Session, before: datetime, limit: int) -> int:
    """Forget trouble that was resolved before a moment; how many rows went."""
    over = select(TroubleRow.id).where(col(TroubleRow.resolved_at) < before).limit(limit)
    ids = list(session.exec(over))
    session.execute(sa.delete(TroubleRow).where(col(TroubleRow.id).in_(ids)))
    return len(ids)
