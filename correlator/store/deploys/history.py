"""Deploy markers: keeping them, and finding what was deployed before what."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from correlator.store.tables import (
    DeployRow,
    FailedRollOutRow,
    IssueRow,
    ProjectRow,
    RollOutRow,
)
from correlator.store.upsert import insert_into
from correlator.types import Deploy

# Clocks of a pipeline and of a server differ: an event may seem to come before its own deploy.
SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Line:
    """One service in one environment: deploys follow one another along it."""

    project_id: int
    service: str
    environment: str


def keep_deploy(
    session: Session, project: ProjectRow, deploy: Deploy, received_at: datetime
) -> int | None:
    """Keep a marker; None when it says what the line's newest marker already said (a re-run), or
    that the roll-out failed. A canary that grows stays one deploy, with its newest share."""
    service = (deploy.service or project.slug)[:100]
    line = Line(project.id or 0, service, deploy.environment)
    if deploy.failed:
        _keep_failed(session, line, deploy)
        return None
    before = _latest(session, line, until=deploy.at, stage=deploy.stage)
    if before is not None and (before.release, before.revision) == (
        deploy.release,
        deploy.revision,
    ):
        before.share = deploy.share if deploy.share is not None else before.share
        return None
    if _exactly(session, line, deploy) is not None:
        return None
    _look_again_after(session, line, deploy.at)
    row = DeployRow(
        project_id=line.project_id,
        service=service,
        environment=deploy.environment,
        release=deploy.release,
        revision=deploy.revision,
        at=deploy.at,
        received_at=received_at,
        actor=deploy.actor,
        url=deploy.url,
        stage=deploy.stage,
        share=deploy.share,
    )
    session.add(row)
    session.flush()
    return row.id


def _keep_failed(session: Session, line: Line, deploy: Deploy) -> None:
    failed = insert_into(session, FailedRollOutRow).values(
        project_id=line.project_id,
        service=line.service,
        environment=line.environment,
        release=deploy.release,
        revision=deploy.revision,
        at=deploy.at,
        actor=deploy.actor,
        url=deploy.url,
    )
    key = ["project_id", "service", "environment", "release", "at"]
    session.execute(failed.on_conflict_do_nothing(index_elements=key))


def _look_again_after(session: Session, line: Line, at: datetime) -> None:
    """A marker that comes late is the previous one of those after it, up to the next full one."""
    later = session.exec(
        _on(line).where(DeployRow.at > at).order_by(col(DeployRow.at), col(DeployRow.id)).limit(20)
    ).all()
    until = next((place for place, row in enumerate(later) if row.stage is None), len(later))
    ids = [row.id for row in later[: until + 1]]
    if ids:
        concerned = sa.update(RollOutRow).where(col(RollOutRow.deploy_id).in_(ids))
        session.execute(concerned.values(is_final=False))


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
        return _latest(session, line, until=seen)
    of_release = _on(line).where(DeployRow.release == release)
    before = of_release.where(DeployRow.at <= seen + SKEW).order_by(col(DeployRow.at).desc())
    after = of_release.where(DeployRow.at > seen + SKEW).order_by(col(DeployRow.at))
    return session.exec(before.limit(1)).first() or session.exec(after.limit(1)).first()


def deploys_before(session: Session, line: Line, at: datetime, limit: int = 20) -> list[DeployRow]:
    """The line's full deploys before a moment, newest first: a canary replaces nothing."""
    before = _on(line).where(DeployRow.at < at, col(DeployRow.stage).is_(None))
    return list(session.exec(before.order_by(col(DeployRow.at).desc()).limit(limit)))


def all_before(session: Session, line: Line, at: datetime, limit: int = 20) -> list[DeployRow]:
    """The line's deploys before a moment, canaries too, newest first."""
    before = _on(line).where(DeployRow.at < at).order_by(col(DeployRow.at).desc())
    return list(session.exec(before.limit(limit)))


def _latest(
    session: Session, line: Line, until: datetime, stage: str | None = None
) -> DeployRow | None:
    """The newest of a stage; of a canary only if nothing was deployed in full since."""
    wanted = _on(line).where(DeployRow.at <= until)
    if stage is None:
        wanted = wanted.where(col(DeployRow.stage).is_(None))
    newest = session.exec(wanted.order_by(col(DeployRow.at).desc()).limit(1)).first()
    return newest if newest is not None and newest.stage == stage else None


def _exactly(session: Session, line: Line, deploy: Deploy) -> DeployRow | None:
    return session.exec(
        _on(line).where(DeployRow.release == deploy.release, DeployRow.at == deploy.at)
    ).first()


def _on(line: Line) -> SelectOfScalar[DeployRow]:
    return select(DeployRow).where(
        DeployRow.project_id == line.project_id,
        DeployRow.service == line.service,
        DeployRow.environment == line.environment,
    )
