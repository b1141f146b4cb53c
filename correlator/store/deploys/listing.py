"""Reads for the list of deploys: a page of it in a few statements."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.deploys.began import counts
from correlator.store.tables import (
    DeployRow,
    FailedRollOutRow,
    HealthVerdictRow,
    ProjectRow,
    RollOutRow,
)

SHOWN = 100
FAILED_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A line of the list."""

    deploy: DeployRow
    project: ProjectRow
    found: RollOutRow | None
    health: HealthVerdictRow | None
    issues: int


def deploys(session: Session, wanted: Mapping[str, Any], page: int) -> tuple[int, list[Listed]]:
    """How many deploys there are, and a page of them with the issues that began in each.

    ``wanted``: by column, all of which must hold; an empty value asks nothing. ``ids``: only these.
    """
    where = _where(wanted)
    rows = (
        sa.select(DeployRow, ProjectRow, RollOutRow, HealthVerdictRow)
        .join(ProjectRow, col(ProjectRow.id) == col(DeployRow.project_id))
        .outerjoin(RollOutRow, col(RollOutRow.deploy_id) == col(DeployRow.id))
        .outerjoin(HealthVerdictRow, col(HealthVerdictRow.deploy_id) == col(DeployRow.id))
        .where(*where)
        .order_by(col(DeployRow.at).desc(), col(DeployRow.id).desc())
        .limit(SHOWN)
        .offset((max(page, 1) - 1) * SHOWN)
    )
    total = (
        sa.select(sa.func.count(col(DeployRow.id)))
        .join(ProjectRow, col(ProjectRow.id) == col(DeployRow.project_id))
        .outerjoin(RollOutRow, col(RollOutRow.deploy_id) == col(DeployRow.id))
        .outerjoin(HealthVerdictRow, col(HealthVerdictRow.deploy_id) == col(DeployRow.id))
        .where(*where)
    )
    found = session.execute(rows).all()
    began = counts(session, [row[0] for row in found])
    listed = [
        Listed(
            deploy=row[0],
            project=row[1],
            found=row[2],
            health=row[3],
            issues=began.get(row[0].id, 0),
        )
        for row in found
    ]
    return int(session.execute(total).scalar_one()), listed


def _where(wanted: Mapping[str, Any]) -> list[sa.ColumnElement[bool]]:
    columns = {
        "project": col(ProjectRow.slug),
        "project_id": col(DeployRow.project_id),
        "environment": col(DeployRow.environment),
        "service": col(DeployRow.service),
        "kind": col(RollOutRow.kind),
        "health": col(HealthVerdictRow.health),
    }
    asked = {name: value for name, value in wanted.items() if value and name in columns}
    where: list[sa.ColumnElement[bool]] = []
    if asked.get("health") == "too-early":
        del asked["health"]
        where.append(col(HealthVerdictRow.id).is_(None))
    where += [columns[name] == value for name, value in asked.items()]
    if wanted.get("ids") is not None:
        where.append(col(DeployRow.id).in_(wanted["ids"]))
    return where


def failed(
    session: Session, wanted: Mapping[str, Any]
) -> list[tuple[FailedRollOutRow, ProjectRow]]:
    """The newest roll-outs that failed and served nobody."""
    columns = {
        "project": col(ProjectRow.slug),
        "project_id": col(FailedRollOutRow.project_id),
        "environment": col(FailedRollOutRow.environment),
        "service": col(FailedRollOutRow.service),
    }
    rows = (
        sa.select(FailedRollOutRow, ProjectRow)
        .join(ProjectRow, col(ProjectRow.id) == col(FailedRollOutRow.project_id))
        .where(
            *(columns[name] == value for name, value in wanted.items() if value and name in columns)
        )
        .order_by(col(FailedRollOutRow.at).desc())
        .limit(FAILED_SHOWN)
    )
    return [(row[0], row[1]) for row in session.execute(rows)]
