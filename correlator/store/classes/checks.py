"""Checks that were added because of a failure class, and whether they have fired since."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.errors import Permanent
from correlator.store.classes.lessons import By
from correlator.store.intake.tallies import hour_of
from correlator.store.tables import (
    ClassCheckRow,
    FailureClassRow,
    IssueRow,
    ProjectRow,
    TallyRow,
)

SORTS = ("assertion", "lint rule", "contract test")
LONGEST_NAME = 200
SHORTEST_NAME = 3
MOST = 500
PRODUCTION = "production"


@dataclass(frozen=True, slots=True)
class FiredIssue:
    """An issue that names a check: its events since the hour in which the check was added, and how
    many of them in production."""

    issue: IssueRow
    project: ProjectRow
    events: int
    in_production: int

    @property
    def met_users(self) -> bool:
        """Whether it may have hit a user in production. Whom each event hit is not kept for good,
        so an issue that hit users anywhere and came to production counts as one that did."""
        return self.in_production > 0 and self.issue.users_seen > 0


@dataclass(frozen=True, slots=True)
class Fired:
    """What a check caught since it was added, the latest first."""

    issues: tuple[FiredIssue, ...]

    @property
    def events(self) -> int:
        """How often it fired."""
        return sum(one.events for one in self.issues)

    @property
    def before_users(self) -> int:
        """Issues that it caught before any user met them in production."""
        return sum(not one.met_users for one in self.issues)


def followed(session: Session, check_id: int) -> ClassCheckRow | None:
    """A check, whether or not it is still followed."""
    return session.get(ClassCheckRow, check_id)


def checks(session: Session, class_id: int) -> list[ClassCheckRow]:
    """The checks that are followed, oldest first."""
    wanted = select(ClassCheckRow).where(
        ClassCheckRow.class_id == class_id, col(ClassCheckRow.removed_at).is_(None)
    )
    return list(session.exec(wanted.order_by(col(ClassCheckRow.id))))


def add(session: Session, class_id: int, sort: str, name: str, by: By) -> ClassCheckRow:
    """Follow a check from now on. Permanent where it has no name that a message could carry."""
    name = " ".join(name.split())[:LONGEST_NAME]
    if sort not in SORTS or len(name) < SHORTEST_NAME:
        raise Permanent(
            f"Give a sort ({', '.join(SORTS)}) and the name that the check fires under."
        )
    if session.get(FailureClassRow, class_id) is None:
        raise Permanent("There is no such class.")
    row = ClassCheckRow(
        class_id=class_id, sort=sort, name=name, account_id=by.account_id, since=by.at
    )
    session.add(row)
    session.flush()
    return row


def remove(session: Session, check_id: int, by: By) -> ClassCheckRow:
    """Stop following a check."""
    row = session.get(ClassCheckRow, check_id)
    if row is None or row.removed_at is not None:
        raise Permanent("This check is not followed any more.")
    row.removed_at = by.at
    session.add(row)
    return row


def fired(session: Session, check: ClassCheckRow, only_project: int | None) -> Fired:
    """Issues whose exception or message names the check as a word of its own, and that had events
    since it was added."""
    wanted = (
        select(IssueRow, ProjectRow)
        .join(ProjectRow, col(ProjectRow.id) == col(IssueRow.project_id))
        .where(
            sa.or_(
                col(IssueRow.type).icontains(check.name, autoescape=True),
                col(IssueRow.value).icontains(check.name, autoescape=True),
            ),
            col(IssueRow.last_seen) >= check.since,
            col(IssueRow.merged_into).is_(None),
        )
    )
    if only_project is not None:
        wanted = wanted.where(col(IssueRow.project_id) == only_project)
    named = re.compile(rf"(?<!\w){re.escape(check.name)}(?!\w)", re.IGNORECASE)
    rows = [
        (issue, project)
        for issue, project in session.exec(
            wanted.order_by(col(IssueRow.last_seen).desc()).limit(MOST)
        )
        if named.search(issue.type) or named.search(issue.value)
    ]
    counts = _counts(session, [issue.id for issue, _ in rows], check)
    found = (
        FiredIssue(issue, project, *counts.get(issue.id or 0, (0, 0))) for issue, project in rows
    )
    return Fired(tuple(one for one in found if one.events))


def _counts(
    session: Session, ids: Sequence[int | None], check: ClassCheckRow
) -> dict[int, tuple[int, int]]:
    """Events by issue since a check was added, of all environments and of production."""
    events = col(TallyRow.events)
    there = sa.case((col(TallyRow.environment) == PRODUCTION, events), else_=0)
    wanted = (
        sa.select(col(TallyRow.issue_id), sa.func.sum(events), sa.func.sum(there))
        .where(col(TallyRow.issue_id).in_(ids), col(TallyRow.hour) >= hour_of(check.since))
        .group_by(col(TallyRow.issue_id))
    )
    return {row[0]: (int(row[1]), int(row[2])) for row in session.execute(wanted)}
