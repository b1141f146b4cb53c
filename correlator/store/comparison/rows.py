"""The rows of a run: the changes that a question is about."""

from collections import defaultdict
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
)
from correlator.types import Author, Blamed, ChangeRecord, Reviewed

UNKNOWN = "unknown"
Where = list[ColumnElement[bool]]


def records(session: Session, run: ComparisonRunRow, asked: Asked) -> list[ChangeRecord]:
    """The changes of a question as the comparison wants them."""
    where = scope(run, asked)
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


def scope(run: ComparisonRunRow, asked: Asked) -> Where:
    """Which changes of the run are asked about."""
    row = ComparedChangeRow
    where: Where = [
        col(row.run_id) == run.id,
        col(row.environment) == asked.environment,
        col(row.deployed_at) >= run.as_of - timedelta(days=asked.days),
    ]
    where += [col(row.service) == asked.service] if asked.service else []
    where += [col(row.by_provenance) == asked.provenance] if asked.provenance else []
    return where + ([col(row.project_id) == asked.project_id] if asked.project_id else [])
