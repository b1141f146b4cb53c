"""The lists behind the numbers of a comparison: the changes that one was counted from.

A number and its list have one ``where`` each, made from the same words, so that what a page shows
is as long as the list that it leads to.
"""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.comparison.kept import Asked
from correlator.store.comparison.rows import UNKNOWN, Where, scope
from correlator.store.tables import (
    ComparedChangeRow,
    ComparedIssueRow,
    ComparisonRunRow,
    RepoRow,
)

PAGE = 100
SURE = 0.5
ELSEWHERE = "elsewhere"
# Curves are drawn in steps of half a day: an incident of a day is one of its last quarter before.
ROUNDED = 0.25
# Of which changes a number is, by the name in its address.
CHANGES = (
    "changes", "ripe", "young", "sized", "live", "called", "needed_fix", "taken_back", "fixes",
    "compared", "left_out", "smaller", "at_risk",
)  # fmt: skip
# Of which issues: all of them or those acted on, per unit; and what mending came to.
ISSUES = ("issues", "incidents", "likely", "tried", "over", "open", "untried", "nobody's")
# Which changes count per unit.
UNITS = {
    "change": "ripe",
    "thousand lines": "sized",
    "day live": "live",
    "million calls": "called",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Which list: ``which`` of ``CHANGES`` or ``ISSUES``, of an ``arm`` (of all others with
    ``elsewhere``), of it and another together with ``against``, or of all but some; of issues per
    ``unit`` and, of those that are over, by ``cycles``; of changes at risk, on which ``day``."""

    which: str
    arm: str = ""
    against: str = ""
    elsewhere: bool = False
    but: tuple[str, ...] = ()
    unit: str = ""
    cycles: str = ""
    day: int = 0
    page: int = 1
    rows: int = PAGE


def of_arm(asked: Asked, listed: Listed) -> Where:
    """Which of the changes are of the arm, or of both."""
    column = col(getattr(ComparedChangeRow, f"by_{asked.by}"))
    if listed.which == "left_out":
        return [column == ""]
    if listed.which in ("compared", "smaller"):
        return [column != "", column.not_in(listed.but)]
    if not listed.arm:
        return []
    if listed.against == ELSEWHERE:
        return [column.not_in([UNKNOWN, ""])]
    if listed.against:
        return [column.in_([listed.arm, listed.against])]
    if listed.elsewhere:
        return [column.not_in([listed.arm, UNKNOWN, ""])]
    return [column == listed.arm]


def of_kind(which: str, day: int = 0) -> Where:
    """Which of the changes of an arm a number is of."""
    row = ComparedChangeRow
    ripe = col(row.is_ripe).is_(True)
    kinds: dict[str, Where] = {
        "ripe": [ripe],
        "young": [col(row.is_ripe).is_(False)],
        "sized": [ripe, col(row.lines) > 0],
        "live": [col(row.days_live) > 0],
        "called": [col(row.calls) > 0],
        "needed_fix": [ripe, col(row.needed_fix).is_(True)],
        "taken_back": [ripe, col(row.taken_back).is_(True)],
        "fixes": [col(row.is_fix).is_(True)],
        "at_risk": [_at_risk(day)],
    }
    return kinds.get(which, [])


def _at_risk(day: int) -> sa.ColumnElement[bool]:
    """Watched until that day, and no incident before it that the change is the likely culprit of;
    one that has had its incident was watched until then."""
    row = ComparedIssueRow
    first = (
        sa.select(sa.func.min(col(row.days)))
        .where(col(row.change_id) == col(ComparedChangeRow.id))
        .where(col(row.acted_on).is_(True), col(row.probability) >= SURE)
        .scalar_subquery()
    )
    return sa.case(
        (first.is_not(None), first >= day - ROUNDED),
        else_=col(ComparedChangeRow.days_live) >= day,
    )


def changes(
    session: Session, run: ComparisonRunRow, asked: Asked, listed: Listed
) -> tuple[int, list[tuple[ComparedChangeRow, str | None]]]:
    """How many changes the list has, and a page of them with their repository's name."""
    where = [*scope(run, asked), *of_arm(asked, listed), *of_kind(listed.which, listed.day)]
    total = session.execute(sa.select(sa.func.count(col(ComparedChangeRow.id))).where(*where))
    rows = session.execute(
        sa.select(ComparedChangeRow, col(RepoRow.name))
        .outerjoin(RepoRow, col(RepoRow.id) == col(ComparedChangeRow.repo_id))
        .where(*where)
        .order_by(col(ComparedChangeRow.deployed_at).desc(), col(ComparedChangeRow.id).desc())
        .limit(listed.rows)
        .offset((listed.page - 1) * listed.rows)
    )
    return int(total.scalar_one()), [(row[0], row[1]) for row in rows]
