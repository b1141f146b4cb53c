"""The lists behind the numbers of a comparison: the issues that one was counted from."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.comparison.kept import Asked
from correlator.store.comparison.lists import SURE, UNITS, Listed, of_arm, of_kind
from correlator.store.comparison.rows import Where, scope
from correlator.store.tables import (
    ComparedChangeRow,
    ComparedIssueRow,
    ComparisonRunRow,
    IssueRow,
    ProjectRow,
)

_BINS = {"1": (1, 1), "2 to 3": (2, 3), "4 to 6": (4, 6), "7 or more": (7, 1 << 30)}


@dataclass(frozen=True, slots=True)
class Weighed:
    """An issue of a list; ``chance``: that a change of the arm is its culprit."""

    issue: IssueRow
    project: ProjectRow
    chance: float
    days: float
    cycles: int | None
    is_over: bool


def issues(
    session: Session, run: ComparisonRunRow, asked: Asked, listed: Listed
) -> tuple[int, float, list[Weighed]]:
    """How many issues the list has, what their chances sum to, and a page of them."""
    found = _weights(run, asked, listed).subquery()
    total = session.execute(sa.select(sa.func.count(), sa.func.sum(found.c.chance)))
    count, expected = total.one()
    rows = session.execute(
        sa.select(
            IssueRow, ProjectRow, found.c.chance, found.c.days, found.c.cycles, found.c.is_over
        )
        .join(found, found.c.issue_id == col(IssueRow.id))
        .join(ProjectRow, col(ProjectRow.id) == col(IssueRow.project_id))
        .order_by(found.c.chance.desc(), col(IssueRow.id).desc())
        .limit(listed.rows)
        .offset((listed.page - 1) * listed.rows)
    )
    return int(count), float(expected or 0.0), [Weighed(*row) for row in rows]


def _weights(run: ComparisonRunRow, asked: Asked, listed: Listed) -> sa.Select[*tuple[Any, ...]]:
    row = ComparedIssueRow
    columns: list[Any] = [
        col(row.issue_id),
        sa.func.sum(col(row.probability)).label("chance"),
        sa.func.min(col(row.days)).label("days"),
        sa.func.max(col(row.cycles)).label("cycles"),
        sa.func.max(sa.cast(col(row.is_over), sa.Integer)).label("is_over"),
    ]
    picked: sa.Select[*tuple[Any, ...]] = sa.select(*columns).group_by(col(row.issue_id))
    if listed.which == "nobody's":
        return picked.where(*_nobodys(run, asked))
    joined = picked.join(ComparedChangeRow, col(ComparedChangeRow.id) == col(row.change_id))
    where = [*scope(run, asked), *of_arm(asked, listed), col(row.is_followed).is_(True)]
    if listed.which in ("issues", "incidents"):
        where += of_kind(UNITS.get(listed.unit, "changes"))
        where += [col(row.acted_on).is_(True)] if listed.which == "incidents" else []
        return joined.where(*where)
    return joined.where(*where, *_mended(listed))


def _mended(listed: Listed) -> Where:
    """Incidents with their likely culprit in the arm, by what mending them came to."""
    row = ComparedIssueRow
    over = sa.and_(col(row.is_over).is_(True), col(row.cycles) > 0)
    tried = sa.and_(col(row.is_over).is_(False), col(row.cycles) > 0)
    where: Where = [col(row.acted_on).is_(True), col(row.probability) >= SURE]
    least, most = _BINS.get(listed.cycles, (0, 1 << 30))
    match listed.which:
        case "likely":
            return where
        case "tried":
            return [*where, col(row.cycles) > 0]
        case "over":
            return [*where, over, col(row.cycles).between(least, most)]
        case "open":
            return [*where, tried]
        case _:
            return [*where, sa.func.coalesce(col(row.cycles), 0) == 0]


def _nobodys(run: ComparisonRunRow, asked: Asked) -> Where:
    """Incidents of the window that no deployed change is blamed for."""
    row = ComparedIssueRow
    where: Where = [
        col(row.run_id) == run.id,
        col(row.change_id).is_(None),
        col(row.environment) == asked.environment,
        col(row.began) >= run.as_of - timedelta(days=asked.days),
        col(row.acted_on).is_(True),
    ]
    where += [col(row.service) == asked.service] if asked.service else []
    return where + ([col(row.project_id) == asked.project_id] if asked.project_id else [])
