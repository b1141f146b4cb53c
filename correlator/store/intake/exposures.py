"""How much code was used: calls and sessions, added up by hour as they come."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.intake.tallies import hour_of
from correlator.store.tables import ExposureRow, ProjectRow
from correlator.store.upsert import insert_into
from correlator.types import Exposure, ExposureKind

_KEY = ["project_id", "hour", "kind", "name", "release", "environment", "service"]


@dataclass(frozen=True, slots=True)
class Used:
    """What a release was used in an hour: ``count`` calls or sessions."""

    hour: datetime
    release: str
    count: float


def keep_exposures(session: Session, project: ProjectRow, counted: Iterable[Exposure]) -> None:
    """Add counts to their hours, in one order, so that two workers never wait for each other."""
    sums: defaultdict[tuple[object, ...], float] = defaultdict(float)
    for one in counted:
        sums[
            hour_of(one.at),
            one.kind.value,
            one.name,
            one.release or "",
            one.environment,
            (one.service or project.slug)[:100],
        ] += one.count
    for key in sorted(sums, key=str):
        values = dict(zip(_KEY, (project.id, *key), strict=True))
        row = insert_into(session, ExposureRow).values(**values, count=sums[key])
        session.execute(
            row.on_conflict_do_update(
                index_elements=_KEY, set_={"count": col(ExposureRow.count) + row.excluded.count}
            )
        )


def used_by_hour(
    session: Session,
    project_id: int,
    place: tuple[str, str],
    kind: ExposureKind,
    *,
    names: Sequence[str] | None,
    since: datetime,
) -> list[Used]:
    """By hour and release, in an (environment, service); ``names`` None: whatever was called."""
    asked = (
        sa.select(
            col(ExposureRow.hour), col(ExposureRow.release), sa.func.sum(col(ExposureRow.count))
        )
        .where(col(ExposureRow.project_id) == project_id, col(ExposureRow.kind) == kind.value)
        .where(col(ExposureRow.environment) == place[0], col(ExposureRow.service) == place[1])
        .where(col(ExposureRow.hour) >= hour_of(since))
        .group_by(col(ExposureRow.hour), col(ExposureRow.release))
        .order_by(col(ExposureRow.hour), col(ExposureRow.release))
    )
    if names is not None:
        asked = asked.where(col(ExposureRow.name).in_(names))
    return [Used(*row) for row in session.execute(asked)]
