"""Failure classes as rows: outlines, who is in which class, the model, and what a refit changes.

Membership is a history: a row ends and another begins. What a refit found is written in one
transaction with its model, and only if nobody taught anything meanwhile.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.tables import (
    ClassEventRow,
    ClassLessonRow,
    ClassMemberRow,
    ClassModelRow,
    FailureClassRow,
    IssueRow,
    OutlineRow,
)
from correlator.store.upsert import insert_into
from correlator.types import ClassState, Outline, Placed

ASSIGNED, REFIT, PERSON = "assigned", "refit", "person"
BORN, GREW, SPLIT_FROM, MERGED_INTO = "born", "grew", "split from", "merged into"
MODELS_KEPT = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class NewClass:
    """A class that a refit found, to be made; ``number`` stands for it until it has an id."""

    number: int
    name: str
    split_from: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a refit changes: the class of each issue before and now (new ones below zero), how like
    its class it is, and which classes went into which."""

    before: Mapping[int, int]
    members: Mapping[int, int]
    likeness: Mapping[int, float]
    merged: Mapping[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a refit says of a class: its sentence and shared tokens."""

    sentence: str
    shared: Sequence[tuple[str, float]]


def keep_outline(
    session: Session, issue_id: int, recipe: int, tokens: Sequence[str], now: datetime
) -> None:
    """Keep what an issue is compared by, in place of what was kept before."""
    values = {"recipe": recipe, "tokens": list(tokens), "at": now}
    insert = insert_into(session, OutlineRow).values(issue_id=issue_id, **values)
    session.execute(insert.on_conflict_do_update(index_elements=["issue_id"], set_=values))


def unoutlined_issues(session: Session, recipe: int, limit: int) -> list[int]:
    """Issues that have a kind, but no outline by this recipe."""
    made = sa.select(col(OutlineRow.issue_id)).where(col(OutlineRow.recipe) == recipe)
    wanted = (
        sa.select(col(IssueRow.id))
        .where(
            col(IssueRow.kind).is_not(None),
            col(IssueRow.first_event_id).is_not(None),
            col(IssueRow.merged_into).is_(None),
            col(IssueRow.id).not_in(made),
        )
        .order_by(col(IssueRow.id))
        .limit(limit)
    )
    return [one for one in session.scalars(wanted) if one]


def outlines(session: Session, recipe: int) -> list[Outline]:
    """The outlines of all issues that are counted by themselves, by issue."""
    wanted = (
        sa.select(col(OutlineRow.issue_id), col(OutlineRow.tokens))
        .join(IssueRow, col(IssueRow.id) == col(OutlineRow.issue_id))
        .where(col(OutlineRow.recipe) == recipe, col(IssueRow.merged_into).is_(None))
        .order_by(col(OutlineRow.issue_id))
    )
    return [Outline(issue_id=row[0], tokens=tuple(row[1])) for row in session.execute(wanted)]


def count_outlines(session: Session, recipe: int) -> int:
    """How many issues there are to find classes among."""
    wanted = sa.select(sa.func.count(col(OutlineRow.id))).where(col(OutlineRow.recipe) == recipe)
    return int(session.scalar(wanted) or 0)


def standing(session: Session) -> dict[int, int]:
    """The class of every issue that is in one; dismissed ones are there as well."""
    wanted = sa.select(col(ClassMemberRow.issue_id), col(ClassMemberRow.class_id))
    rows = session.execute(wanted.where(col(ClassMemberRow.until).is_(None)))
    return {row[0]: row[1] for row in rows}


def class_of(session: Session, issue_id: int) -> FailureClassRow | None:
    """The class that an issue is in, unless a person said that this is none."""
    wanted = (
        select(FailureClassRow)
        .join(ClassMemberRow, col(ClassMemberRow.class_id) == col(FailureClassRow.id))
        .where(
            ClassMemberRow.issue_id == issue_id,
            col(ClassMemberRow.until).is_(None),
            FailureClassRow.state == ClassState.ACTIVE,
        )
    )
    return session.exec(wanted).first()


def member_of(session: Session, issue_id: int) -> ClassMemberRow | None:
    """The row that says which class an issue is in, and why."""
    wanted = select(ClassMemberRow).where(
        ClassMemberRow.issue_id == issue_id, col(ClassMemberRow.until).is_(None)
    )
    return session.exec(wanted).first()


def put(
    session: Session, issue_id: int, placed: Placed, by: str, now: datetime
) -> ClassMemberRow | None:
    """Put an issue in a class, or (class None) in none; what it was in before ends now."""
    before = member_of(session, issue_id)
    if before is not None:
        if before.class_id == placed.class_id:
            return before
        before.until = now
        session.add(before)
        session.flush()
    if placed.class_id is None:
        return None
    row = ClassMemberRow(
        issue_id=issue_id,
        class_id=placed.class_id,
        since=now,
        likeness=placed.likeness,
        because=placed.because[:500],
        placed_by=by,
    )
    session.add(row)
    session.flush()
    return row


def assign(session: Session, issue_id: int, placed: Placed, now: datetime) -> bool:
    """Put an issue that is in no class into one; whether that was done. A refit moves others."""
    if placed.class_id is None or member_of(session, issue_id) is not None:
        return False
    state = session.get(FailureClassRow, placed.class_id)
    if state is None or state.state == ClassState.MERGED:
        return False
    return put(session, issue_id, placed, ASSIGNED, now) is not None


def model_text(session: Session, number: int) -> str | None:
    """A model as it was kept."""
    row = session.get(ClassModelRow, number)
    return row.body if row else None


def newest_model(session: Session) -> ClassModelRow | None:
    """The model in use, its metrics, and when it was made."""
    wanted = select(ClassModelRow).order_by(col(ClassModelRow.id).desc()).limit(1)
    return session.exec(wanted).first()


def model_number(session: Session) -> int:
    """Which model is in use; 0 where there is none. Cheaper than its text."""
    return int(session.scalar(sa.select(sa.func.max(col(ClassModelRow.id)))) or 0)


def last_lesson(session: Session) -> int:
    """The newest thing that anybody taught; 0 where nobody did."""
    return int(session.scalar(sa.select(sa.func.max(col(ClassLessonRow.id)))) or 0)


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
    stands = standing(session)
    grown: dict[int, int] = {}
    for issue in sorted(set(change.members) | set(change.before)):
        now_in = change.members.get(issue)
        target = None if now_in is None else ids[now_in]
        if stands.get(issue) != change.before.get(issue) or stands.get(issue) == target:
            continue
        because = "it is like the issues of this class, as a refit found"
        likeness = round(change.likeness.get(issue, 0.0), 3)
        placed = Placed(class_id=target, likeness=likeness, because=because)
        put(session, issue, placed, REFIT, now)
        if target is not None:
            grown[target] = grown.get(target, 0) + 1
    _tell(session, new, ids, grown, now)
    return ids


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


def keep_model(
    session: Session, body: str, metrics: Mapping[str, Any], seconds: float, now: datetime
) -> int:
    """Keep a model, which is in use from now on; some older ones stay to be looked at."""
    row = ClassModelRow(
        at=now, body=body, metrics=dict(metrics), lessons=last_lesson(session), seconds=seconds
    )
    session.add(row)
    session.flush()
    kept = sa.select(col(ClassModelRow.id)).order_by(col(ClassModelRow.id).desc())
    session.execute(
        sa.delete(ClassModelRow).where(col(ClassModelRow.id).not_in(kept.limit(MODELS_KEPT)))
    )
    return row.id or 0


def leave_for(session: Session, class_id: int, target_id: int) -> None:
    """A class leads to another from now on."""
    row = session.get_one(FailureClassRow, class_id)
    row.state, row.merged_into = ClassState.MERGED, target_id
    session.add(row)


def note(
    session: Session,
    class_id: int,
    what: str,
    now: datetime,
    *,
    other_id: int | None = None,
    issues: int = 0,
    detail: str = "",
) -> None:
    """Append to a class's history."""
    session.add(
        ClassEventRow(
            class_id=class_id,
            what=what,
            other_id=other_id,
            issues=issues,
            detail=detail[:300],
            at=now,
        )
    )


def _make(session: Session, one: NewClass, now: datetime) -> int:
    row = FailureClassRow(name=one.name[:200], born_at=now)
    session.add(row)
    session.flush()
    return row.id or 0
