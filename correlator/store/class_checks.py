"""Checks that were added because of a failure class, and whether they have fired since."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.errors import Permanent
from correlator.store.class_lessons import By
from correlator.store.tables import ClassCheckRow, EventRow, FailureClassRow, IssueRow

SORTS = ("assertion", "lint rule", "contract test")
LONGEST_NAME = 200
SHORTEST_NAME = 3
MOST = 1000


@dataclass(frozen=True, slots=True)
class Fired:
    """Issues that name a check and were seen since it was added. ``before_users``: how many of
    them were seen by no user in production: caught before."""

    issues: tuple[IssueRow, ...]
    before_users: int


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
    """Issues whose exception or message names the check, seen since it was added."""
    wanted = select(IssueRow).where(
        sa.or_(
            col(IssueRow.type).icontains(check.name, autoescape=True),
            col(IssueRow.value).icontains(check.name, autoescape=True),
        ),
        col(IssueRow.last_seen) >= check.since,
        col(IssueRow.merged_into).is_(None),
    )
    if only_project is not None:
        wanted = wanted.where(col(IssueRow.project_id) == only_project)
    rows = tuple(session.exec(wanted.order_by(col(IssueRow.last_seen).desc()).limit(MOST)))
    hit = sa.select(col(EventRow.issue_id)).where(
        col(EventRow.issue_id).in_([one.id for one in rows]),
        col(EventRow.environment) == "production",
        col(EventRow.user).is_not(None),
        col(EventRow.at) >= check.since,
    )
    met_users = set(session.scalars(hit.distinct()))
    return Fired(rows, sum(one.id not in met_users for one in rows))
