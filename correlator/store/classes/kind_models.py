"""Models of kinds that were made here, and the words of people that they are made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.classes import kinds
from correlator.store.intake.bodies import unpack
from correlator.store.tables import EventRow, IssueRow, KindModelRow
from correlator.types import Event, Kind

CHUNK = 500
# A model's weights may hold words of messages: older ones are no loss.
MODELS_KEPT = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A model to keep: its text (empty: the shipped one), and how it came about."""

    version: str
    text: str
    in_use: bool
    because: str
    words: int
    metrics: Mapping[str, Any]


def words_with_events(session: Session) -> list[tuple[int, Event, Kind]]:
    """(issue, its first event, the kind that a person gave it), by issue, as far as the event is
    still kept."""
    said = dict(kinds.words_of_people(session))
    found: list[tuple[int, Event, Kind]] = []
    ids = sorted(said)
    for at in range(0, len(ids), CHUNK):
        wanted = (
            sa.select(col(IssueRow.id), col(EventRow.body))
            .join(EventRow, col(EventRow.id) == col(IssueRow.first_event_id))
            .where(col(IssueRow.id).in_(ids[at : at + CHUNK]))
            .order_by(col(IssueRow.id))
        )
        found += [(row[0], unpack(row[1]), said[row[0]]) for row in session.execute(wanted)]
    return found


def words_at_last_training(session: Session) -> int:
    """How many words were known when a model was last made."""
    found = session.scalar(
        sa.select(col(KindModelRow.words))
        .where(col(KindModelRow.words) > 0)
        .order_by(col(KindModelRow.id).desc())
        .limit(1)
    )
    return int(found or 0)


def number_in_use(session: Session) -> int:
    """Which model counts; 0: the shipped one, because none was made here."""
    wanted = sa.select(sa.func.max(col(KindModelRow.id))).where(col(KindModelRow.in_use))
    return int(session.scalar(wanted) or 0)


def text_of(session: Session, number: int) -> str:
    """A model's text; empty for the shipped one."""
    row = session.get(KindModelRow, number)
    return row.body if row else ""


def keep(session: Session, made: Made, now: datetime) -> int:
    """Keep a model, used from now on if it says so; some older ones stay to be looked at."""
    row = KindModelRow(
        at=now,
        version=made.version,
        body=made.text,
        in_use=made.in_use,
        because=made.because,
        words=made.words,
        metrics=dict(made.metrics),
    )
    session.add(row)
    session.flush()
    newest = sa.select(col(KindModelRow.id)).order_by(col(KindModelRow.id).desc())
    stale = sa.update(KindModelRow).where(
        col(KindModelRow.id).not_in(newest.limit(MODELS_KEPT)),
        col(KindModelRow.id) != number_in_use(session),
    )
    session.execute(stale.values(body="", in_use=False))
    return row.id or 0


def open_to_the_model(session: Session, limit: int) -> Sequence[int]:
    """Issues whose kind no rule and no person gave: what another model may say more about."""
    wanted = select(IssueRow.id).where(
        IssueRow.kind == Kind.UNCLASSIFIED.value,
        col(IssueRow.first_event_id).is_not(None),
        col(IssueRow.merged_into).is_(None),
    )
    found = session.exec(wanted.order_by(col(IssueRow.last_seen).desc()).limit(limit))
    return [one for one in found if one]
