"""The rows of a run: the changes that a question is about, and the list behind every number.

A number and its list have one ``where`` each, made from the same words, so that what a page shows
is as long as the list that it leads to.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col

from correlator.store.comparison.kept import Asked
from correlator.store.tables import (
    ComparedChangeRow,
    ComparedIssueRow,
    ComparisonRunRow,
    IssueRow,
    ProjectRow,
    RepoRow,
)
from correlator.types import Author, Blamed, ChangeRecord, Reviewed

PAGE = 100
UNKNOWN = "unknown"
SURE = 0.5
Where = list[ColumnElement[bool]]
# Of which changes a number is, by the name in its address.
CHANGES = (
    "changes", "ripe", "young", "sized", "live", "called", "needed_fix", "taken_back", "fixes",
)  # fmt: skip
# Of which issues: all of them or those acted on, per unit; and what mending came to.
ISSUES = ("issues", "incidents", "over", "open", "untried", "nobody's")
_UNITS = {
    "change": "ripe",
    "thousand lines": "sized",
    "day live": "live",
    "million calls": "called",
}
_BINS = {"1": (1, 1), "2 to 3": (2, 3), "4 to 6": (4, 6), "7 or more": (7, 1 << 30)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Which list: ``which`` of ``CHANGES`` or ``ISSUES``, of an ``arm`` (of all others with
    ``elsewhere``); of issues per ``unit`` and, of those that are over, by ``cycles``."""

    which: str
    arm: str = ""
    elsewhere: bool = False
    unit: str = ""
    cycles: str = ""
    page: int = 1


def records(session: Session, run: ComparisonRunRow, asked: Asked) -> list[ChangeRecord]:
    """The changes of a question as the comparison wants them."""
    where = _scope(run, asked)
    blamed: dict[int, list[Blamed]] = defaultdict(list)
    mine = sa.select(col(ComparedChangeRow.id)).where(*where)
    for one in session.execute(
        sa.select(ComparedIssueRow.__table__).where(col(ComparedIssueRow.change_id).in_(mine))  # type: ignore[attr-defined]
    ):
        blamed[one.change_id].append(
            Blamed(
                issue_id=one.issue_id, probability=one.probability, days=one.days,
                acted_on=one.acted_on, cycles=one.cycles, is_over=one.is_over, hours=one.hours,
            )
        )  # fmt: skip
    wanted = sa.select(ComparedChangeRow.__table__).where(*where)  # type: ignore[attr-defined]
    return [
        _record(one, tuple(blamed.get(one.id, ())))
        for one in session.execute(wanted.order_by(col(ComparedChangeRow.id)))
    ]


def _record(one: Any, blamed: tuple[Blamed, ...]) -> ChangeRecord:
    return ChangeRecord(
        id=one.id,
        service=one.service,
        deployed_at=one.deployed_at,
        days_live=one.days_live,
        provenance=Author(one.by_provenance),
        tool=one.tool,
        model=one.model,
        minutes=one.minutes,
        review=Reviewed.UNTOLD if one.by_review == UNKNOWN else Reviewed(one.by_review),
        directory="" if one.by_directory == UNKNOWN else one.by_directory.removesuffix("/"),
        lines=one.lines,
        calls=one.calls,
        is_fix=one.is_fix,
        taken_back=one.taken_back,
        blamed=blamed,
        person=one.person,
    )


def _scope(run: ComparisonRunRow, asked: Asked) -> Where:
    row = ComparedChangeRow
    where: Where = [
        col(row.run_id) == run.id,
        col(row.environment) == asked.environment,
        col(row.deployed_at) >= run.as_of - timedelta(days=asked.days),
    ]
    where += [col(row.service) == asked.service] if asked.service else []
    where += [col(row.by_provenance) == asked.provenance] if asked.provenance else []
    return where + ([col(row.project_id) == asked.project_id] if asked.project_id else [])


def _arm(asked: Asked, listed: Listed) -> Where:
    column = getattr(ComparedChangeRow, f"by_{asked.by}")
    if not listed.arm:
        return []
    if listed.elsewhere:
        return [col(column).not_in([listed.arm, UNKNOWN, ""])]
    return [col(column) == listed.arm]


def _kind(which: str) -> Where:
    row = ComparedChangeRow
    ripe = col(row.is_ripe).is_(True)
    kinds: dict[str, Where] = {
        "changes": [],
        "ripe": [ripe],
        "young": [col(row.is_ripe).is_(False)],
        "sized": [ripe, col(row.lines) > 0],
        "live": [col(row.days_live) > 0],
        "called": [col(row.calls) > 0],
        "needed_fix": [ripe, col(row.needed_fix).is_(True)],
        "taken_back": [ripe, col(row.taken_back).is_(True)],
        "fixes": [col(row.is_fix).is_(True)],
    }
    return kinds[which]


def changes(
    session: Session, run: ComparisonRunRow, asked: Asked, listed: Listed
) -> tuple[int, list[tuple[ComparedChangeRow, str | None]]]:
    """How many changes the list has, and a page of them with their repository's name."""
    where = [*_scope(run, asked), *_arm(asked, listed), *_kind(listed.which)]
    total = session.execute(sa.select(sa.func.count(col(ComparedChangeRow.id))).where(*where))
    rows = session.execute(
        sa.select(ComparedChangeRow, col(RepoRow.name))
        .outerjoin(RepoRow, col(RepoRow.id) == col(ComparedChangeRow.repo_id))
        .where(*where)
        .order_by(col(ComparedChangeRow.deployed_at).desc(), col(ComparedChangeRow.id).desc())
        .limit(PAGE)
        .offset((listed.page - 1) * PAGE)
    )
    return int(total.scalar_one()), [(row[0], row[1]) for row in rows]


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
        .limit(PAGE)
        .offset((listed.page - 1) * PAGE)
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
    where = [*_scope(run, asked), *_arm(asked, listed), col(row.is_followed).is_(True)]
    if listed.which in ("issues", "incidents"):
        where += _kind(_UNITS.get(listed.unit, "changes"))
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
