"""What a refit changes, written in one short transaction: many rows at a time, only what differs.

On SQLite nobody else writes meanwhile, and tens of thousands of issues find their class at once
when an installation is refitted for the first time.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.classes.failure_classes import (
    BORN,
    GREW,
    MERGED_INTO,
    REFIT,
    SPLIT_FROM,
    leave_for,
    note,
    standing,
)
from correlator.store.tables import ClassMemberRow, FailureClassRow

AT_ONCE = 500
BECAUSE = "it is like the issues of this class, as a refit found"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewClass:
    """A class that a refit found, to be made; ``number`` stands for it until it has an id."""

    number: int
    name: str
    split_from: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a refit changes: the class of each issue before and now (new ones below zero), how like
    its class it is, which classes went into which, and why each issue is where it is."""

    before: Mapping[int, int]
    members: Mapping[int, int]
    likeness: Mapping[int, float]
    merged: Mapping[int, int]
    because: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a refit says of a class: its sentence and shared tokens."""

    sentence: str
    shared: Sequence[tuple[str, float]]


def apply_refit(
    session: Session,
    change: Change,
    new: Sequence[NewClass],
    now: datetime,
) -> dict[int, int]:
    """Write who is in which class: only what differs. The id of each class by its number.

    An issue that was put somewhere while the refit ran stays there.
    """
    ids = {one.number: _make(session, one, now) for one in new}
    ids.update({of: of for of in set(change.members.values()) if of >= 0})
    for of, into in sorted(change.merged.items()):
        leave_for(session, of, into)
        note(session, of, MERGED_INTO, now, other_id=into)
    moved = dict(_moved(change, standing(session), ids))
    _move(session, moved, change, now)
    grown: dict[int, int] = {}
    for target in moved.values():
        if target is not None:
            grown[target] = grown.get(target, 0) + 1
    _tell(session, new, ids, grown, now)
    return ids


def _moved(
    change: Change, stands: Mapping[int, int], ids: Mapping[int, int]
) -> Iterator[tuple[int, int | None]]:
    """Each issue that goes somewhere, and where; None: into no class."""
    for issue in sorted(set(change.members) | set(change.before)):
        now_in = change.members.get(issue)
        target = None if now_in is None else ids[now_in]
        if stands.get(issue) == change.before.get(issue) != target:
            yield issue, target


def _move(
    session: Session,
    moved: Mapping[int, int | None],
    change: Change,
    now: datetime,
) -> None:
    ordered = sorted(moved)
    for at in range(0, len(ordered), AT_ONCE):
        some = ordered[at : at + AT_ONCE]
        ended = sa.update(ClassMemberRow).where(
            col(ClassMemberRow.issue_id).in_(some), col(ClassMemberRow.until).is_(None)
        )
        session.execute(ended.values(until=now))
        rows: list[dict[str, Any]] = [
            {
                "issue_id": issue,
                "class_id": moved[issue],
                "since": now,
                "likeness": round(change.likeness.get(issue, 0.0), 3),
                "because": change.because.get(issue, BECAUSE)[:500],
                "placed_by": REFIT,
            }
            for issue in some
            if moved[issue] is not None
        ]
        if rows:
            session.execute(sa.insert(ClassMemberRow), rows)


def _tell(
    session: Session,
    new: Sequence[NewClass],
    ids: Mapping[int, int],
    grown: Mapping[int, int],
    now: datetime,
) -> None:
    fresh = {ids[one.number]: one for one in new}
    for class_id, issues in sorted(grown.items()):
        one = fresh.get(class_id)
        what = GREW if one is None else SPLIT_FROM if one.split_from is not None else BORN
        other = one.split_from if one else None
        note(session, class_id, what, now, other_id=other, issues=issues)


def tell(session: Session, class_id: int, told: Told) -> None:
    """Keep what a class's issues share; its name stays."""
    row = session.get_one(FailureClassRow, class_id)
    row.sentence, row.shared = told.sentence, [list(one) for one in told.shared]
    session.add(row)


def _make(session: Session, one: NewClass, now: datetime) -> int:
    row = FailureClassRow(name=one.name[:200], born_at=now)
    session.add(row)
    session.flush()
    return row.id or 0
