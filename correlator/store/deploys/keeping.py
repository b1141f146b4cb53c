"""Keeping deploy markers: what is one roll-out stays one deploy, however often and late it is told.

Several jobs of a pipeline, a re-run, a hook beside a command and a canary that grows all tell of
what is known already; they may know more of it (a revision, a larger share), or have begun earlier.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.deploys.history import Line, on_line
from correlator.store.tables import DeployRow, FailedRollOutRow, ProjectRow, RollOutRow
from correlator.store.upsert import insert_into
from correlator.types import Deploy


def keep_deploy(
    session: Session, project: ProjectRow, deploy: Deploy, received_at: datetime
) -> int | None:
    """Keep a marker; None when nothing is new: a re-run, a roll-out that failed, a canary that
    grew. What is deployed in full again while another's canary runs ends that canary."""
    service = (deploy.service or project.slug)[:100]
    line = Line(project.id or 0, service, deploy.environment)
    if deploy.failed:
        _keep_failed(session, line, deploy)
        return None
    known = _known(session, line, deploy)
    if known is not None:
        return known.id if _learnt(session, line, known, deploy) else None
    _look_again_from(session, line, deploy.at)
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


def _known(session: Session, line: Line, deploy: Deploy) -> DeployRow | None:
    """The deploy that the marker tells of again: the one at or before its time, or, where it comes
    late, the one after."""
    at_it = on_line(line).where(DeployRow.release == deploy.release, DeployRow.at == deploy.at)
    if (exact := session.exec(at_it).first()) is not None:
        return exact
    newest = on_line(line).where(DeployRow.at <= deploy.at)
    before = session.exec(
        newest.order_by(col(DeployRow.at).desc(), col(DeployRow.id).desc()).limit(1)
    ).first()
    # A canary that is told of after it is deployed in full is told late, too.
    if before is not None and _is_same(before, deploy) and (not before.stage or deploy.stage):
        return before
    oldest = on_line(line).where(DeployRow.at > deploy.at)
    after = session.exec(oldest.order_by(col(DeployRow.at), col(DeployRow.id)).limit(1)).first()
    if after is None or not _is_same(after, deploy) or bool(after.stage) != bool(deploy.stage):
        return None
    return after


def _is_same(row: DeployRow, deploy: Deploy) -> bool:
    """Whether it is the same artefact, as far as both say what it is. A forge's hook knows the
    revision only, and calls the release so."""
    one, other = row.revision or "", deploy.revision or ""
    if row.release == deploy.release:
        return one.startswith(other) or other.startswith(one)
    return one == other != "" and other in (row.release, deploy.release)


def _learnt(session: Session, line: Line, row: DeployRow, deploy: Deploy) -> bool:
    """Add what the marker knows more; whether what the deploy brought may change by it."""
    row.actor, row.url = row.actor or deploy.actor, row.url or deploy.url
    row.stage = row.stage and deploy.stage
    row.share = max(row.share or 0.0, deploy.share or 0.0) or None if row.stage else None
    told, revision = (row.at, row.revision, row.release), row.revision or ""
    row.at = min(row.at, deploy.at)
    if row.release == row.revision:
        row.release = deploy.release
    if len(deploy.revision or "") > len(revision):
        row.revision = deploy.revision
    if told == (row.at, row.revision, row.release):
        return False
    session.flush()
    _look_again_from(session, line, row.at)
    return True


def _look_again_from(session: Session, line: Line, at: datetime) -> None:
    """A marker that comes late is the previous one of those after it, up to the next full one."""
    later = session.exec(
        on_line(line)
        .where(DeployRow.at >= at)
        .order_by(col(DeployRow.at), col(DeployRow.id))
        .limit(20)
    ).all()
    full = [place for place, row in enumerate(later) if row.stage is None and row.at > at]
    ids = [row.id for row in later[: full[0] + 1 if full else len(later)]]
    if ids:
        concerned = sa.update(RollOutRow).where(col(RollOutRow.deploy_id).in_(ids))
        session.execute(concerned.values(is_final=False))
