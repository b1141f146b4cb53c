"""What people teach about failure classes: kept for good, in force at once, undone exactly.

Each act changes the rows it is about in the transaction that keeps it; ``taught`` says what a refit
has to respect from then on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.errors import Permanent
from correlator.store.classes.failure_classes import (
    MERGED_INTO,
    PERSON,
    SPLIT_FROM,
    leave_for,
    member_of,
    note,
    put,
)
from correlator.store.tables import ClassLessonRow, ClassMemberRow, FailureClassRow, IssueRow
from correlator.types import Act, ClassState, Placed, Taught

LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class By:
    """Who teaches and when; ``account_id`` None: somebody at the terminal."""

    account_id: int | None
    at: datetime


def taught(session: Session) -> Taught:
    """All that stands."""
    belongs: dict[int, int] = {}
    apart: set[tuple[int, int]] = set()
    whole: set[int] = set()
    pairs: set[tuple[int, int]] = set()
    for row in in_force(session):
        if row.act == Act.BELONGS and row.issue_id is not None:
            belongs[row.issue_id] = row.class_id
            apart.discard((row.issue_id, row.class_id))
        elif row.act == Act.NOT_HERE and row.issue_id is not None:
            apart.add((row.issue_id, row.class_id))
            if belongs.get(row.issue_id) == row.class_id:
                del belongs[row.issue_id]
        elif row.act == Act.MERGE and row.other_id is not None:
            whole.add(row.other_id)
        elif row.act == Act.SPLIT and row.other_id is not None:
            pairs.add((min(row.class_id, row.other_id), max(row.class_id, row.other_id)))
            belongs.update(dict.fromkeys(row.body.get("issues", ()), row.other_id))
    leads = _leads(session)
    return Taught(
        belongs={issue: _end(leads, of) for issue, of in belongs.items()},
        apart=frozenset(apart),
        kept_whole=frozenset(_end(leads, of) for of in whole),
        kept_apart=frozenset(pairs),
    )


def in_force(session: Session) -> list[ClassLessonRow]:
    """What was taught and not taken back, oldest first."""
    rows = list(session.exec(select(ClassLessonRow).order_by(col(ClassLessonRow.id))))
    undone = {row.undoes for row in rows}
    return [row for row in rows if row.act != Act.UNDO and row.id not in undone]


def barred(session: Session, issue_id: int) -> frozenset[int]:
    """Classes that a person said an issue does not belong to."""
    wanted = select(ClassLessonRow).where(ClassLessonRow.issue_id == issue_id)
    rows = list(session.exec(wanted.order_by(col(ClassLessonRow.id))))
    undone = {row.undoes for row in rows}
    last = {row.class_id: row.act for row in rows if row.id not in undone and row.act != Act.UNDO}
    return frozenset(of for of, act in last.items() if act == Act.NOT_HERE)


def rename(session: Session, class_id: int, name: str, by: By) -> ClassLessonRow:
    """Give a class a name, which lasts. Permanent where it is empty."""
    row = _class(session, class_id)
    name = " ".join("".join(c if c.isprintable() else " " for c in name).split())[:LONGEST_NAME]
    if not name:
        raise Permanent("A name needs at least one letter.")
    body = {"name": row.name, "named_by": row.named_by}
    row.name, row.named_by = name, by.account_id
    session.add(row)
    note(session, class_id, "renamed", by.at, detail=f"{body['name']} → {name}")
    return _keep(session, Act.RENAME, class_id, by, {**body, "to": name})


def merge(session: Session, class_id: int, into_id: int, by: By) -> ClassLessonRow:
    """Put a class into another one."""
    if class_id == into_id:
        raise Permanent("A class cannot be merged into itself.")
    _class(session, class_id), _class(session, into_id)
    moved = members(session, class_id)
    _move(session, moved, into_id, "a person merged their classes", by)
    leave_for(session, class_id, into_id)
    note(session, class_id, MERGED_INTO, by.at, other_id=into_id, issues=len(moved))
    note(session, into_id, "took in", by.at, other_id=class_id, issues=len(moved))
    return _keep(session, Act.MERGE, class_id, by, {"issues": moved}, other_id=into_id)


def split(session: Session, class_id: int, issues: Sequence[int], by: By) -> ClassLessonRow:
    """Take some of a class's issues out into a class of their own."""
    row = _class(session, class_id)
    mine = members(session, class_id)
    wanted = sorted(set(issues) & set(mine))
    if not wanted or len(wanted) == len(mine):
        raise Permanent("Name some of this class's issues, not all: one must stay behind.")
    made = FailureClassRow(name=f"{row.name} (split off)"[:LONGEST_NAME], born_at=by.at)
    session.add(made)
    session.flush()
    _move(session, wanted, made.id or 0, "a person split it off", by)
    note(session, made.id or 0, SPLIT_FROM, by.at, other_id=class_id, issues=len(wanted))
    return _keep(session, Act.SPLIT, class_id, by, {"issues": wanted}, other_id=made.id)


def dismiss(session: Session, class_id: int, by: By) -> ClassLessonRow:
    """Say that this is no class: what is like it is in none from now on."""
    row = _class(session, class_id)
    row.state = ClassState.DISMISSED
    session.add(row)
    note(session, class_id, "not a class", by.at)
    return _keep(session, Act.DISMISS, class_id, by, {})


def belongs(session: Session, class_id: int, issue_id: int, by: By) -> ClassLessonRow:
    """Say that an issue belongs to a class."""
    _class(session, class_id)
    if session.get(IssueRow, issue_id) is None:
        raise Permanent("There is no such issue.")
    before = member_of(session, issue_id)
    body = {"from": before.class_id if before else None}
    _move(session, [issue_id], class_id, "a person said that it belongs here", by)
    return _keep(session, Act.BELONGS, class_id, by, body, issue_id=issue_id)


def not_here(session: Session, class_id: int, issue_id: int, by: By) -> ClassLessonRow:
    """Say that an issue does not belong to a class."""
    before = member_of(session, issue_id)
    if before is None or before.class_id != class_id:
        raise Permanent("The issue is not in this class any more. Open the page again.")
    put(session, issue_id, Placed(class_id=None, likeness=0.0, because=""), PERSON, by.at)
    return _keep(session, Act.NOT_HERE, class_id, by, {"from": class_id}, issue_id=issue_id)


def undo(session: Session, lesson_id: int, by: By) -> ClassLessonRow:
    """Take back what was taught; only what is still as it was made is moved back."""
    row = next((one for one in in_force(session) if one.id == lesson_id), None)
    if row is None:
        raise Permanent("There is no such lesson, or it was taken back already.")
    _UNDOING[Act(row.act)](session, row, by)
    note(session, row.class_id, "taken back", by.at, other_id=row.other_id, detail=row.act)
    return _keep(
        session, Act.UNDO, row.class_id, by, {}, other_id=row.other_id, issue_id=row.issue_id,
        undoes=row.id,
    )  # fmt: skip


def members(session: Session, class_id: int) -> list[int]:
    """Issues that are in a class."""
    wanted = sa.select(col(ClassMemberRow.issue_id)).where(
        col(ClassMemberRow.class_id) == class_id, col(ClassMemberRow.until).is_(None)
    )
    return sorted(session.scalars(wanted))


def _undo_rename(session: Session, row: ClassLessonRow, _by: By) -> None:
    named = session.get_one(FailureClassRow, row.class_id)
    if named.name == row.body["to"]:
        named.name, named.named_by = row.body["name"], row.body["named_by"]
        session.add(named)


def _undo_merge(session: Session, row: ClassLessonRow, by: By) -> None:
    left = session.get_one(FailureClassRow, row.class_id)
    left.state, left.merged_into = ClassState.ACTIVE, None
    session.add(left)
    still = set(members(session, row.other_id or 0))
    moved = [one for one in row.body["issues"] if one in still]
    _move(session, moved, row.class_id, "a person took a merge back", by)


def _undo_split(session: Session, row: ClassLessonRow, by: By) -> None:
    made = row.other_id or 0
    _move(session, members(session, made), row.class_id, "a person took a split back", by)
    leave_for(session, made, row.class_id)


def _undo_dismiss(session: Session, row: ClassLessonRow, _by: By) -> None:
    named = session.get_one(FailureClassRow, row.class_id)
    named.state = ClassState.ACTIVE
    session.add(named)


def _undo_place(session: Session, row: ClassLessonRow, by: By) -> None:
    placed = Placed(class_id=row.body["from"], likeness=0.0, because="a person took back a word")
    put(session, row.issue_id or 0, placed, PERSON, by.at)


_UNDOING = {
    Act.RENAME: _undo_rename,
    Act.MERGE: _undo_merge,
    Act.SPLIT: _undo_split,
    Act.DISMISS: _undo_dismiss,
    Act.BELONGS: _undo_place,
    Act.NOT_HERE: _undo_place,
}


def _class(session: Session, class_id: int) -> FailureClassRow:
    row = session.get(FailureClassRow, class_id, with_for_update=True, populate_existing=True)
    if row is None or row.state != ClassState.ACTIVE:
        raise Permanent("This is no class any more: it was merged, or somebody said it is none.")
    return row


def _move(session: Session, issues: Sequence[int], class_id: int, because: str, by: By) -> None:
    for issue in issues:
        put(session, issue, Placed(class_id=class_id, likeness=1.0, because=because), PERSON, by.at)


def _keep(
    session: Session, act: Act, class_id: int, by: By, body: dict[str, Any], **more: Any
) -> ClassLessonRow:
    row = ClassLessonRow(
        act=act, class_id=class_id, body=body, account_id=by.account_id, at=by.at, **more
    )
    session.add(row)
    session.flush()
    return row


def _leads(session: Session) -> dict[int, int]:
    wanted = sa.select(col(FailureClassRow.id), col(FailureClassRow.merged_into))
    rows = session.execute(wanted.where(col(FailureClassRow.merged_into).is_not(None)))
    return {row[0]: row[1] for row in rows}


def _end(leads: dict[int, int], of: int) -> int:
    for _ in range(len(leads)):
        if of not in leads:
            break
        of = leads[of]
    return of
