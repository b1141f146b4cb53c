"""What sort of failure issues are: their failure class, or their kind while they are in none."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.tables import ClassMemberRow, FailureClassRow, IssueRow
from correlator.types import ClassState, Kind, Sort

KINDS = frozenset(Kind)
UNSORTED = Sort(mark="unsorted", label="Not sorted yet", path="")


def sorts_of(session: Session, issues: Sequence[IssueRow]) -> dict[int, Sort]:
    """The sort of each of these issues, at most some hundreds at once."""
    classes = _classes(session, [one.id for one in issues])
    return {one.id or 0: _sort(one, classes.get(one.id or 0)) for one in issues}


def _classes(session: Session, ids: Sequence[int | None]) -> dict[int, tuple[int, str]]:
    wanted = (
        sa.select(col(ClassMemberRow.issue_id), col(FailureClassRow.id), col(FailureClassRow.name))
        .join(FailureClassRow, col(FailureClassRow.id) == col(ClassMemberRow.class_id))
        .where(
            col(ClassMemberRow.issue_id).in_(ids),
            col(ClassMemberRow.until).is_(None),
            col(FailureClassRow.state) == ClassState.ACTIVE,
        )
    )
    return {row[0]: (row[1], row[2]) for row in session.execute(wanted)}


def _sort(issue: IssueRow, known: tuple[int, str] | None) -> Sort:
    kind = Kind(issue.kind) if issue.kind in KINDS else Kind.UNCLASSIFIED
    if known is not None:
        number, name = known
        return Sort(mark=f"c{number}", label=name, path=f"/classes/{number}", kind=kind.value)
    if not issue.kind:
        return UNSORTED
    return Sort(
        mark=kind.value,
        label=kind.label,
        path=f"/?kind={kind.value}&status=all",
        kind=kind.value,
    )
