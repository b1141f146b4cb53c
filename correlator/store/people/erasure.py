"""Erasing one person's data: their events, and what else could lead back to them.

What was counted stays counted, without saying whom. An event that an issue or a verdict rests on
is not taken away but stripped to its stack of program code: types, functions, files and lines,
which are nobody's. Everything else of it goes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.intake.bodies import pack, unpack
from correlator.store.intake.fingerprints import clean_traits
from correlator.store.issues.parts import drop_part_users
from correlator.store.people.erased_words import Words, forget_in_issues
from correlator.store.tables import EventRow, HitRow, InboxRow, IssueRow, TroubleRow
from correlator.store.upkeep.retention import rested_on
from correlator.types import Event, Frame, Raised

ERASED = "[erased]"
NOTE = "what led back to a person was erased on request"


@dataclass(frozen=True, slots=True)
class Person:
    """Whom to erase: the identity as given and the hashes that may stand for it in rows."""

    identity: str
    hashes: tuple[str, ...]

    def mentioned(self) -> re.Pattern[str]:
        """Finds the identity in a text where it stands as a word of its own."""
        return re.compile(rf"(?<!\w){re.escape(self.identity)}(?!\w)", re.IGNORECASE)


def events_of(session: Session, person: Person) -> list[int]:
    """Ids of the events that the person sent."""
    hit = select(col(HitRow.issue_id)).where(col(HitRow.user).in_(person.hashes))
    sent = select(EventRow.id).where(
        col(EventRow.issue_id).in_(hit), col(EventRow.user).in_(person.hashes)
    )
    return [found for found in session.exec(sent) if found is not None]


def events_mentioning(session: Session, person: Person, after: int, limit: int) -> "Looked":
    """Of the ``limit`` events after an id, those whose text mentions the person."""
    rows = session.execute(
        sa.select(col(EventRow.id), col(EventRow.body))
        .where(col(EventRow.id) > after)
        .order_by(col(EventRow.id))
        .limit(limit)
    ).all()
    mentioned = person.mentioned()
    found = tuple(row[0] for row in rows if any(map(mentioned.search, texts(unpack(row[1])))))
    return Looked(found, rows[-1][0] if rows else None)


@dataclass(frozen=True, slots=True)
class Looked:
    """Events found in one stretch, and the id it ended with (None: there were no more)."""

    ids: tuple[int, ...]
    last: int | None


def texts(value: object) -> list[str]:
    """Every text anywhere in an event."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in texts(part)]
    if isinstance(value, tuple | list):
        return [text for part in value for text in texts(part)]
    fields = getattr(value, "__dataclass_fields__", {})
    return [text for name in fields for text in texts(getattr(value, name))]


def erase_events(session: Session, person: Person, ids: Sequence[int]) -> tuple[int, int]:
    """Take these events away, or strip those that something rests on: how many of each."""
    rows = list(session.exec(select(EventRow).where(col(EventRow.id).in_(ids))))
    kept = {issue: rested_on(session, issue) for issue in {row.issue_id for row in rows}}
    gone = [row.id for row in rows if row.id not in kept[row.issue_id]]
    stripped = [row for row in rows if row.id in kept[row.issue_id]]
    for row in stripped:
        _strip(session, row, person)
    session.execute(sa.delete(EventRow).where(col(EventRow.id).in_(gone)))
    clean_traits(session, list(kept), person.mentioned())
    forget_in_issues(session, Words(person.identity), list(kept))
    return len(gone), len(stripped)


def _strip(session: Session, row: EventRow, person: Person) -> None:
    body = pack(stripped_event(unpack(row.body), person))
    row.body, row.stored_bytes = body, len(body)
    row.user = row.trace_id = None
    session.add(row)
    issue = session.get_one(IssueRow, row.issue_id)
    issue.value = person.mentioned().sub(ERASED, issue.value)[:1000]
    session.add(issue)


def stripped_event(event: Event, person: Person) -> Event:
    """The event without anything but what the program is, where it failed, and with what words."""
    clean = person.mentioned()
    return replace(
        event,
        transaction=clean.sub(ERASED, event.transaction) if event.transaction else None,
        message=clean.sub(ERASED, event.message),
        formatted=clean.sub(ERASED, event.formatted),
        exceptions=tuple(_stripped(raised, clean) for raised in event.exceptions),
        frames=tuple(_bare(frame) for frame in event.frames),
        tags={},
        user=None,
        server_name=None,
        trace_id=None,
        breadcrumbs=(),
        request={},
        contexts={},
        extra={},
        sentry_issue=None,
        notes=(*event.notes, NOTE),
    )


def _stripped(raised: Raised, clean: re.Pattern[str]) -> Raised:
    frames = tuple(_bare(frame) for frame in raised.frames)
    return replace(raised, value=clean.sub(ERASED, raised.value), frames=frames)


def _bare(frame: Frame) -> Frame:
    return replace(frame, variables={})


def issues_hit(session: Session, person: Person) -> int:
    """How many issues hit the person."""
    mine = select(sa.func.count()).select_from(HitRow)
    return int(session.exec(mine.where(col(HitRow.user).in_(person.hashes))).one())


def forget_hits(session: Session, person: Person) -> int:
    """Let the users hit stay counted, without saying that this one was among them."""
    number = issues_hit(session, person)
    mine = sa.update(HitRow).where(col(HitRow.user).in_(person.hashes))
    session.execute(mine.values(user=None))
    drop_part_users(session, person.hashes)
    return number


def troubles_of(session: Session, person: Person, *, in_text: bool) -> list[TroubleRow]:
    """Trouble whose kept body is of the person; ``in_text``: or mentions the identity."""
    marks = [mark.encode() for mark in person.hashes]
    word = person.mentioned()
    kept = select(TroubleRow).where(col(TroubleRow.body).is_not(None))
    return [
        row
        for row in session.exec(kept)
        if any(mark in (row.body or b"") for mark in marks)
        or (in_text and word.search((row.body or b"").decode("utf-8", "replace")))
    ]


def erase_trouble(session: Session, rows: Sequence[TroubleRow]) -> None:
    """Drop the kept bodies; that there was trouble stays. It cannot be replayed any more."""
    for row in rows:
        row.body = None
        row.headers = {}
        session.add(row)


def unread(session: Session) -> int:
    """Deliveries whose raw bytes are still there: nobody knows yet whose they are."""
    raw = select(sa.func.count()).select_from(InboxRow).where(col(InboxRow.body).is_not(None))
    return int(session.exec(raw).one())
