"""Reads for the pages of failure classes: a fixed number of statements, however many issues."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.classes.culprits import Named, culprits
from correlator.store.classes.sums import Of, Summed, summed
from correlator.store.tables import (
    ClassEventRow,
    ClassLessonRow,
    ClassMemberRow,
    ClassModelRow,
    FailureClassRow,
    IssueRow,
    ProjectRow,
)
from correlator.types import ClassState


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """An issue of a class, why it is there, and its culprit."""

    issue: IssueRow
    project: ProjectRow
    member: ClassMemberRow
    culprit: Named | None


def list_classes(
    session: Session, only_project: int | None
) -> list[tuple[FailureClassRow, Summed]]:
    """All classes that count, the largest first; only issues of one project, when given."""
    rows = session.exec(
        select(FailureClassRow).where(FailureClassRow.state == ClassState.ACTIVE)
    ).all()
    sums = summed(session, Of(only_project=only_project))
    found = [(row, sums[row.id or 0]) for row in rows if row.id in sums]
    return sorted(found, key=lambda one: (-one[1].issues, one[0].id or 0))


def examples(session: Session, class_id: int, only_project: int | None, most: int) -> list[Example]:
    """Issues of a class, those with most users and events first."""
    wanted = (
        Of((class_id,), only_project)
        .joined(sa.select(IssueRow, ProjectRow, ClassMemberRow).select_from(ClassMemberRow))
        .join(ProjectRow, col(ProjectRow.id) == col(IssueRow.project_id))
        .order_by(
            col(IssueRow.users_seen).desc(), col(IssueRow.times_seen).desc(), col(IssueRow.id)
        )
        .limit(most)
    )
    rows = session.execute(wanted).all()
    named = culprits(session, [row[0] for row in rows])
    return [
        Example(issue=issue, project=project, member=member, culprit=named.get(issue.id or 0))
        for issue, project, member in rows
    ]


def issues_of(
    session: Session, issues: Sequence[int], only_project: int | None
) -> list[tuple[IssueRow, ProjectRow]]:
    """These issues with their projects, those with most events first."""
    wanted = (
        select(IssueRow, ProjectRow)
        .join(ProjectRow, col(ProjectRow.id) == col(IssueRow.project_id))
        .where(col(IssueRow.id).in_(issues))
        .order_by(col(IssueRow.times_seen).desc(), col(IssueRow.id))
    )
    if only_project is not None:
        wanted = wanted.where(IssueRow.project_id == only_project)
    return list(session.exec(wanted))


def history(session: Session, class_id: int) -> list[ClassEventRow]:
    """What happened to a class, newest first."""
    wanted = select(ClassEventRow).where(
        sa.or_(col(ClassEventRow.class_id) == class_id, col(ClassEventRow.other_id) == class_id)
    )
    return list(session.exec(wanted.order_by(col(ClassEventRow.id).desc()).limit(100)))


def lessons(session: Session, class_id: int) -> list[ClassLessonRow]:
    """What people taught about a class, newest first, what was taken back among it."""
    wanted = select(ClassLessonRow).where(
        sa.or_(col(ClassLessonRow.class_id) == class_id, col(ClassLessonRow.other_id) == class_id)
    )
    return list(session.exec(wanted.order_by(col(ClassLessonRow.id).desc()).limit(100)))


def names(session: Session) -> dict[int, str]:
    """The names of all classes that count."""
    wanted = sa.select(col(FailureClassRow.id), col(FailureClassRow.name))
    rows = session.execute(wanted.where(col(FailureClassRow.state) == ClassState.ACTIVE))
    return {row[0]: row[1] for row in rows}


def class_and_member(
    session: Session, issue_id: int
) -> tuple[FailureClassRow, ClassMemberRow] | None:
    """The class of an issue and the row that says why; None where it is in none that counts."""
    wanted = (
        sa.select(FailureClassRow, ClassMemberRow)
        .join(ClassMemberRow, col(ClassMemberRow.class_id) == col(FailureClassRow.id))
        .where(
            col(ClassMemberRow.issue_id) == issue_id,
            col(ClassMemberRow.until).is_(None),
            col(FailureClassRow.state) == ClassState.ACTIVE,
        )
    )
    row = session.execute(wanted).first()
    return (row[0], row[1]) if row else None


def last_refit(session: Session) -> datetime | None:
    """When the classes were last found anew."""
    at: datetime | None = session.scalar(sa.select(sa.func.max(col(ClassModelRow.at))))
    return at
