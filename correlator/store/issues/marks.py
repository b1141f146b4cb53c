"""Splitting some events of a fingerprint off: they get one of their own, and so does the next.

What is still kept of them moves with its counts; then it is a split like any other, with its
preview, its page and its undoing.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.errors import Permanent
from correlator.grouping_marks import Mark, marks_of
from correlator.store.intake.bodies import unpack
from correlator.store.intake.tallies import hour_of, window_of
from correlator.store.issues import joins, parts
from correlator.store.issues.joins import By
from correlator.store.tables import (
    EventRow,
    FingerprintRow,
    IssueRow,
    MarkRow,
    PartHitRow,
    PartTallyRow,
    RegroupingRow,
)
from correlator.types import Event, Fingerprint

BATCH = 500
LOOKED_AT = 500
# How the reason of a fingerprint begins that a person split off.
SPLIT_OFF = "split off by a person"
MOST_MOVED = 20_000
DEEPEST = 5
Hour = tuple[datetime, str, str, str]


def narrowed(
    session: Session, project_id: int, fingerprint: Fingerprint, event: Event
) -> Fingerprint:
    """The fingerprint, or that of the events that somebody split off it, if this is one more."""
    own: frozenset[Mark] | None = None
    for _ in range(DEEPEST):
        rows = _marks(session, project_id, fingerprint)
        if not rows:
            break
        own = marks_of(event) if own is None else own
        found = next((row for row in rows if (row.name, row.value) in own), None)
        if found is None:
            break
        fingerprint = replace(
            fingerprint, hash=found.hash, because=_because(found), traits=None, older=()
        )
    return fingerprint


def _marks(session: Session, project_id: int, fingerprint: Fingerprint) -> Sequence[MarkRow]:
    wanted = (
        select(MarkRow)
        .join(FingerprintRow, col(FingerprintRow.id) == col(MarkRow.fingerprint_id))
        .where(
            MarkRow.project_id == project_id,
            FingerprintRow.project_id == project_id,
            FingerprintRow.version == fingerprint.version,
            FingerprintRow.hash == fingerprint.hash,
        )
        .order_by(col(MarkRow.id))
    )
    return session.exec(wanted).all()


def _because(row: MarkRow) -> str:
    return f"{SPLIT_OFF}: {row.name} is {row.value}"


def newest_events(session: Session, issue_id: int) -> list[tuple[int, frozenset[Mark]]]:
    """The newest events that are still kept, with their marks: what a mark is looked for in."""
    wanted = (
        sa.select(col(EventRow.id), col(EventRow.body))
        .where(col(EventRow.issue_id) == issue_id)
        .order_by(col(EventRow.at).desc(), col(EventRow.id).desc())
        .limit(LOOKED_AT)
    )
    return [(row[0], marks_of(unpack(row[1]))) for row in session.execute(wanted)]


def split_events(session: Session, issue_id: int, mark: Mark, by: By) -> RegroupingRow:
    """Take the events that have a mark out of an issue, and have the next ones follow.

    Permanent where no event that is kept has it, or none would stay behind."""
    issue = session.get(IssueRow, issue_id, with_for_update=True, populate_existing=True)
    if issue is None:
        raise Permanent("There is no such issue.")
    parts.count_apart(session, issue, by.at)
    groups = _groups(session, issue_id, mark)
    if not groups or not any(one.rest for one in groups.values()):
        raise Permanent("Some of its events have to have this mark, and some have to stay behind.")
    made = [
        _part_off(session, issue, fingerprint, group, mark, by)
        for fingerprint, group in sorted(groups.items())
        if group.taken
    ]
    if not made:
        raise Permanent("None of its events that are still kept has this mark.")
    act = joins.split(session, issue_id, made, by)
    act.because = f"{mark[0]} is {mark[1]}: {act.because}"
    session.add(act)
    return act


@dataclass(slots=True)
class _Group:
    """The kept events of one fingerprint, parted: ids, hours with events and bursts, users."""

    taken: list[int] = field(default_factory=list)
    rest: int = 0
    events: Counter[Hour] = field(default_factory=Counter)
    windows: dict[Hour, int] = field(default_factory=dict)
    users: set[str] = field(default_factory=set)
    users_left: set[str] = field(default_factory=set)

    def take(self, row: EventRow) -> None:
        hour = hour_of(row.at), row.release or "", row.environment, row.service
        self.taken.append(row.id or 0)
        self.events[hour] += 1
        self.windows[hour] = self.windows.get(hour, 0) | window_of(row.at)
        if row.user:
            self.users.add(row.user)

    def leave(self, row: EventRow) -> None:
        self.rest += 1
        if row.user:
            self.users_left.add(row.user)


def _groups(session: Session, issue_id: int, mark: Mark) -> dict[int, _Group]:
    groups: dict[int, _Group] = {}
    for row in _kept(session, issue_id):
        group = groups.setdefault(row.fingerprint_id or 0, _Group())
        if mark in marks_of(unpack(row.body)):
            group.take(row)
        else:
            group.leave(row)
    return groups


def _kept(session: Session, issue_id: int) -> Iterator[EventRow]:
    """The newest events that are kept, as many as are read in a second or two: the issue is locked
    meanwhile. Older ones stay where they are counted."""
    before: int | None = None
    for _ in range(MOST_MOVED // BATCH):
        wanted = select(EventRow).where(EventRow.issue_id == issue_id)
        if before is not None:
            wanted = wanted.where(col(EventRow.id) < before)
        rows = session.exec(wanted.order_by(col(EventRow.id).desc()).limit(BATCH)).all()
        yield from rows
        if len(rows) < BATCH:
            return
        before = rows[-1].id or 0


def _part_off(
    session: Session, issue: IssueRow, fingerprint_id: int, group: _Group, mark: Mark, by: By
) -> int:
    """A fingerprint of their own for the events of one; its id. It is still of the same issue."""
    row = session.get_one(FingerprintRow, fingerprint_id)
    name, value = mark
    before = select(MarkRow).where(
        MarkRow.project_id == issue.project_id, MarkRow.name == name, MarkRow.value == value
    )
    if any(one.hash == row.hash for one in session.exec(before)):
        # Split off before, and that was undone: it has been one of its own ever since.
        return fingerprint_id
    digest = hashlib.sha256("\x1f".join((row.hash, name, value)).encode("utf-8", "replace"))
    kept = MarkRow(
        project_id=issue.project_id, fingerprint_id=fingerprint_id, name=name, value=value,
        hash=digest.hexdigest(), account_id=by.account_id, at=by.at,
    )  # fmt: skip
    made = FingerprintRow(
        project_id=issue.project_id, issue_id=issue.id or 0, version=row.version,
        hash=kept.hash, because=_because(kept),
    )  # fmt: skip
    session.add_all([kept, made])
    session.flush()
    for at in range(0, len(group.taken), BATCH):
        some = col(EventRow.id).in_(group.taken[at : at + BATCH])
        session.execute(sa.update(EventRow).where(some).values(fingerprint_id=made.id))
    _carry_counts(session, fingerprint_id, made.id or 0, group)
    return made.id or 0


def _carry_counts(session: Session, source: int, target: int, group: _Group) -> None:
    for tally in session.exec(select(PartTallyRow).where(PartTallyRow.fingerprint_id == source)):
        hour = (tally.hour, tally.release, tally.environment, tally.service)
        if hour in group.events:
            tally.events -= group.events[hour]
            if tally.events > 0:
                session.add(tally)
            else:
                session.delete(tally)
    session.add_all(
        PartTallyRow(
            fingerprint_id=target, hour=hour[0], release=hour[1], environment=hour[2],
            service=hour[3], events=count, windows=group.windows[hour],
        )
        for hour, count in sorted(group.events.items())
    )  # fmt: skip
    session.add_all(PartHitRow(fingerprint_id=target, user=user) for user in sorted(group.users))
    session.flush()
    _drop_users(session, source, group)


def _drop_users(session: Session, source: int, group: _Group) -> None:
    """Users of whom nothing is left behind; only where every event is still kept is that known."""
    total = session.scalar(
        sa.select(sa.func.sum(col(PartTallyRow.events))).where(
            col(PartTallyRow.fingerprint_id) == source
        )
    )
    if (total or 0) == group.rest:
        gone = group.users - group.users_left
        session.execute(
            sa.delete(PartHitRow).where(
                col(PartHitRow.fingerprint_id) == source, col(PartHitRow.user).in_(gone)
            )
        )
