"""What people decided in a week: about suspects, issues and failure classes."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.cycles import DENIED
from correlator.store.tables import (
    AccountRow,
    ClassCheckRow,
    ClassLessonRow,
    ClassMemberRow,
    FailureClassRow,
    FixWordRow,
    IssueRow,
    JudgementRow,
    KindRow,
    ProjectRow,
    RegroupingRow,
    StatusRow,
    TallyRow,
)
from correlator.types import Act, Decision, Scope, Week, WeekAct

_SAID = {"confirmed": WeekAct.CONFIRMED, "rejected": WeekAct.REJECTED}
_REGROUPED = {"merged": WeekAct.JOINED, "split": WeekAct.SPLIT, "undone": WeekAct.UNDONE}
_TAUGHT = {
    Act.RENAME: "renamed",
    Act.MERGE: "merged into another",
    Act.SPLIT: "split",
    Act.DISMISS: "not a class",
    Act.BELONGS: "an issue put in",
    Act.NOT_HERE: "an issue taken out",
    Act.UNDO: "a lesson taken back",
}
_OF_ISSUES = {
    JudgementRow: col(JudgementRow.issue_id),
    RegroupingRow: col(RegroupingRow.into_issue_id),
    KindRow: col(KindRow.issue_id),
    StatusRow: col(StatusRow.issue_id),
    FixWordRow: col(FixWordRow.issue_id),
}


def decisions(session: Session, scope: Scope, week: Week) -> list[Decision]:
    """What people said and did about issues and classes of the scope, in order."""
    found = [one for table in _OF_ISSUES for one in _of_issues(session, scope, week, table)]
    found += _of_classes(session, scope, week, ClassLessonRow)
    found += _of_classes(session, scope, week, ClassCheckRow)
    return sorted(found, key=lambda one: (one.at, one.about, one.path))


def _seen(scope: Scope) -> "sa.Select[int]":
    """Ids of issues that the scope has seen."""
    wanted = (
        sa.select(col(TallyRow.issue_id))
        .join(IssueRow, col(IssueRow.id) == col(TallyRow.issue_id))
        .where(col(TallyRow.environment) == scope.environment)
    )
    if scope.services:
        wanted = wanted.where(col(TallyRow.service).in_(scope.services))
    if scope.project_id is not None:
        wanted = wanted.where(col(IssueRow.project_id) == scope.project_id)
    return wanted


def _of_issues(session: Session, scope: Scope, week: Week, table: Any) -> list[Decision]:
    wanted = (
        sa.select(table, IssueRow, col(ProjectRow.slug), col(AccountRow.email))
        .join(IssueRow, col(IssueRow.id) == _OF_ISSUES[table])
        .join(ProjectRow, col(ProjectRow.id) == col(IssueRow.project_id))
        .join(AccountRow, col(AccountRow.id) == table.account_id)
        .where(table.at >= week.since, table.at < week.until)
        .where(col(IssueRow.id).in_(_seen(scope)))
    )
    return [
        Decision(
            act=_act(row),
            about=f"{slug.upper()}-{issue.number}",
            path=f"/issues/{issue.id}",
            who=email,
            at=row.at,
        )
        for row, issue, slug, email in session.execute(wanted)
    ]


def _act(row: Any) -> WeekAct:
    if isinstance(row, JudgementRow):
        return _SAID.get(row.said, WeekAct.TAKEN_BACK)
    if isinstance(row, RegroupingRow):
        return _REGROUPED.get(row.action, WeekAct.JOINED)
    if isinstance(row, StatusRow):
        return WeekAct.RESOLVED if row.status == "resolved" else WeekAct.REOPENED
    if isinstance(row, FixWordRow):
        return WeekAct.TAKEN_BACK if row.said == DENIED else WeekAct.MENDED
    return WeekAct.NAMED if row.kind else WeekAct.TAKEN_BACK


def _of_classes(session: Session, scope: Scope, week: Week, table: Any) -> list[Decision]:
    """Of classes that have, or had, an issue of the scope."""
    at: Any = table.since if table is ClassCheckRow else table.at
    known = sa.select(col(ClassMemberRow.class_id)).where(
        col(ClassMemberRow.issue_id).in_(_seen(scope))
    )
    wanted = (
        sa.select(table, col(FailureClassRow.name), col(AccountRow.email))
        .join(FailureClassRow, col(FailureClassRow.id) == table.class_id)
        .join(AccountRow, col(AccountRow.id) == table.account_id)
        .where(at >= week.since, at < week.until, table.class_id.in_(known))
    )
    return [_on_class(row, name, email) for row, name, email in session.execute(wanted)]


def _on_class(row: Any, name: str, email: str) -> Decision:
    is_check = isinstance(row, ClassCheckRow)
    return Decision(
        act=WeekAct.FOLLOWED if is_check else WeekAct.TAUGHT,
        about=f"{name}: {row.name if is_check else _TAUGHT.get(Act(row.act), row.act)}",
        path=f"/classes/{row.class_id}",
        who=email,
        at=row.since if is_check else row.at,
    )
