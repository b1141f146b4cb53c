"""Failure classes as rows: outlines, who is in which class, the model, and what a refit changes.

Membership is a history: a row ends and another begins. What a refit found is written in one
transaction with its model, and only if nobody taught anything meanwhile.
"""

from collections.abc import Mapping, Sequence
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


def outlines_of(session: Session, recipe: int, issues: Sequence[int]) -> list[Outline]:
    """The outlines of these issues, at most some hundreds."""
    wanted = sa.select(col(OutlineRow.issue_id), col(OutlineRow.tokens)).where(
        col(OutlineRow.recipe) == recipe, col(OutlineRow.issue_id).in_(issues)
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
