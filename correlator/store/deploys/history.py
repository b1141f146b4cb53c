"""Deploys as a history: what was deployed before what, and when."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from correlator.store.tables import (
    DeployRow,
    FailedRollOutRow,
    IssueRow,
)

# Clocks of a pipeline and of a server differ: an event may seem to come before its own deploy.
SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Line:
    """One service in one environment: deploys follow one another along it."""

    project_id: int
    service: str
    environment: str


def issues_of_release(session: Session, project_id: int, release: str) -> list[int]:
    """Issues first seen in that release: a new marker may change what their verdict rests on."""
    found = select(IssueRow.id).where(
        IssueRow.project_id == project_id, IssueRow.first_release == release
    )
    ids = [issue for issue in session.exec(found) if issue is not None]
    # Whoever is at one of them now has not seen the marker: their claim ends.
    session.execute(
        sa.update(IssueRow)
        .where(col(IssueRow.id).in_(ids))
        .values(wants_verdict=True, leased_until=None)
    )
    return ids


def markers(session: Session, project_id: int, limit: int = 1000) -> dict[str, str]:
    """Release names and the revisions that their newest markers gave."""
    newest = (
        select(DeployRow)
        .where(DeployRow.project_id == project_id, col(DeployRow.revision).is_not(None))
        .order_by(col(DeployRow.at).desc())
        .limit(limit)
    )
    said: dict[str, str] = {}
    for row in session.exec(newest):
        said.setdefault(row.release, row.revision or "")
    return said


def line_of(session: Session, issue: IssueRow) -> Line:
    """The line an issue was first seen on; the environment's only line if its service has none."""
    own = Line(issue.project_id, issue.first_service, issue.first_environment)
    services = list(
        session.exec(
            select(DeployRow.service)
            .where(
                DeployRow.project_id == issue.project_id,
                DeployRow.environment == issue.first_environment,
            )
            .distinct()
            .limit(2)
        )
    )
    if own.service not in services and len(services) == 1:
        return Line(own.project_id, services[0], own.environment)
    return own


def deploy_of(
    session: Session, line: Line, release: str | None, seen: datetime
) -> DeployRow | None:
    """The roll-out of the release that was live when it was seen: the newest one before, else
    (the marker came late) the oldest one after. No release: whatever was live then."""
    if release is None:
        full = on_line(line).where(DeployRow.at <= seen, col(DeployRow.stage).is_(None))
        return session.exec(full.order_by(col(DeployRow.at).desc()).limit(1)).first()
    of_release = on_line(line).where(DeployRow.release == release)
    before = of_release.where(DeployRow.at <= seen + SKEW).order_by(col(DeployRow.at).desc())
    after = of_release.where(DeployRow.at > seen + SKEW).order_by(col(DeployRow.at))
    return session.exec(before.limit(1)).first() or session.exec(after.limit(1)).first()


def deploys_before(session: Session, line: Line, at: datetime, limit: int = 20) -> list[DeployRow]:
    """The line's full deploys before a moment, newest first: a canary replaces nothing."""
    before = on_line(line).where(DeployRow.at < at, col(DeployRow.stage).is_(None))
    return list(session.exec(before.order_by(col(DeployRow.at).desc()).limit(limit)))


def all_before(session: Session, line: Line, at: datetime, limit: int = 20) -> list[DeployRow]:
    """The line's deploys before a moment, canaries too, newest first."""
    before = on_line(line).where(DeployRow.at < at).order_by(col(DeployRow.at).desc())
    return list(session.exec(before.limit(limit)))


def on_line(line: Line) -> SelectOfScalar[DeployRow]:
    """The line's deploys, to be narrowed."""
    return select(DeployRow).where(
        DeployRow.project_id == line.project_id,
        DeployRow.service == line.service,
        DeployRow.environment == line.environment,
    )


def replaced_at(session: Session, deploy: DeployRow) -> datetime | None:
    """When another was deployed in full in its place; a canary also ends where its roll-out is
    told to have failed."""
    line = Line(deploy.project_id, deploy.service, deploy.environment)
    later = on_line(line).where(DeployRow.at > deploy.at, col(DeployRow.stage).is_(None))
    found = session.exec(later.order_by(col(DeployRow.at)).limit(1)).first()
    failed = None if deploy.stage is None else _failed_at(session, deploy)
    ends = [at for at in (found.at if found else None, failed) if at is not None]
    return min(ends, default=None)


def _failed_at(session: Session, deploy: DeployRow) -> datetime | None:
    failed = (
        select(FailedRollOutRow.at)
        .where(FailedRollOutRow.project_id == deploy.project_id)
        .where(FailedRollOutRow.service == deploy.service)
        .where(FailedRollOutRow.environment == deploy.environment)
        .where(FailedRollOutRow.release == deploy.release, FailedRollOutRow.at > deploy.at)
        .order_by(col(FailedRollOutRow.at))
        .limit(1)
    )
    return session.exec(failed).first()
