"""Trouble rows: what could not be done, where a person sees it and can replay it."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.tables import InboxRow, TroubleRow


def keep_trouble(session: Session, trouble: TroubleRow) -> None:
    """Record trouble; the same trouble again (step and subject) only counts up."""
    known = session.exec(
        select(TroubleRow).where(
            TroubleRow.step == trouble.step,
            TroubleRow.subject_id == trouble.subject_id,
            col(TroubleRow.resolved_at).is_(None),
        )
    ).first()
    if known is None:
        session.add(trouble)
        return
    known.times += 1
    known.at = trouble.at
    known.reason = trouble.reason
    session.add(known)


def resolve_trouble(session: Session, step: str, subject_id: int, now: datetime) -> None:
    """It went well after all."""
    session.execute(
        sa.update(TroubleRow)
        .where(
            col(TroubleRow.step) == step,
            col(TroubleRow.subject_id) == subject_id,
            col(TroubleRow.resolved_at).is_(None),
        )
        .values(resolved_at=now)
    )


def replay(session: Session, trouble: TroubleRow) -> None:
    """Put a delivery that failed back into the inbox; the trouble closes once it goes well."""
    row = session.get(InboxRow, trouble.subject_id)
    if row is None or trouble.body is None:
        return
    row.body = trouble.body
    row.encoding = ""
    row.state = "new"
    row.attempts = 0
    row.claimed_until = None
    session.add(row)
