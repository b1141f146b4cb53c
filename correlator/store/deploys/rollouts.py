"""What deploys turned out to be: which still wait for it, and keeping what was found."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.code.repos import of_project
from correlator.store.deploys.history import Line, deploys_before, markers
from correlator.store.tables import ArrivalRow, DeployRow, RollOutRow
from correlator.store.upsert import insert_into

AT_ONCE = 100
# One that could not be told is tried again when a mirror was fetched, or after so long.
AGAIN = timedelta(minutes=10)
# After so long it is taken as it is: the revision is in no repository that we know.
GIVEN_UP = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A deploy, the one before it, what names their revisions, and where these may be:
    repositories with the directories that hold the project's code."""

    deploy: DeployRow
    previous: DeployRow | None
    markers: dict[str, str]
    repos: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A commit that came or went with a deploy."""

    sha: str
    committed_at: datetime
    is_taken: bool = False
    is_own: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a deploy turned out to be."""

    kind: str
    because: str
    repo_id: int | None = None
    revision: str | None = None
    brought: int = 0
    taken: int = 0
    own: int | None = None
    is_final: bool = False
    arrived: tuple[Arrived, ...] = ()


def due(session: Session, now: datetime, limit: int = AT_ONCE) -> list[int]:
    """Deploys that nobody looked at yet, newest first, then such as could not be told lately."""
    new = (
        select(DeployRow.id)
        .outerjoin(RollOutRow, col(RollOutRow.deploy_id) == col(DeployRow.id))
        .where(col(RollOutRow.id).is_(None))
        .order_by(col(DeployRow.at).desc())
        .limit(limit)
    )
    again = (
        select(RollOutRow.deploy_id)
        .join(DeployRow, col(DeployRow.id) == col(RollOutRow.deploy_id))
        .where(col(RollOutRow.is_final).is_(False), col(RollOutRow.looked_at) <= now - AGAIN)
        .where(col(DeployRow.received_at) >= now - GIVEN_UP)
        .order_by(col(DeployRow.at).desc())
        .limit(limit)
    )
    ids = [one for one in session.exec(new) if one is not None]
    return [*ids, *session.exec(again)][:limit] if len(ids) < limit else ids


def waiting_of(session: Session, project_ids: Sequence[int]) -> list[int]:
    """Deploys of the projects that a fetch of their repository may tell more of."""
    wanted = (
        select(RollOutRow.deploy_id)
        .join(DeployRow, col(DeployRow.id) == col(RollOutRow.deploy_id))
        .where(col(DeployRow.project_id).in_(project_ids), col(RollOutRow.is_final).is_(False))
        .order_by(col(DeployRow.at).desc())
        .limit(AT_ONCE)
    )
    return list(session.exec(wanted))


def case_of(session: Session, deploy_id: int) -> Case | None:
    """What is to be known of a deploy before git is asked."""
    deploy = session.get(DeployRow, deploy_id)
    if deploy is None:
        return None
    before = deploys_before(session, line_of_deploy(deploy), deploy.at, 1)
    known = of_project(session, deploy.project_id)
    return Case(
        deploy=deploy,
        previous=before[0] if before else None,
        markers=markers(session, deploy.project_id),
        repos=tuple((repo.id or 0, link.source_root.strip("/")) for repo, link in known),
    )


def line_of_deploy(deploy: DeployRow) -> Line:
    """The line that a deploy is on."""
    return Line(deploy.project_id, deploy.service, deploy.environment)


def was_deployed(session: Session, deploy: DeployRow, revision: str) -> bool:
    """Whether the line had this very revision in full before."""
    earlier = (
        select(RollOutRow.id)
        .join(DeployRow, col(DeployRow.id) == col(RollOutRow.deploy_id))
        .where(DeployRow.project_id == deploy.project_id, DeployRow.service == deploy.service)
        .where(DeployRow.environment == deploy.environment, DeployRow.at < deploy.at)
        .where(RollOutRow.revision == revision, col(DeployRow.stage).is_(None))
        .limit(1)
    )
    return session.exec(earlier).first() is not None


def keep_found(session: Session, case: Case, found: Found, now: datetime) -> None:
    """Keep what a deploy turned out to be, in place of what was kept before."""
    values = {
        "previous_id": case.previous.id if case.previous else None,
        "repo_id": found.repo_id,
        "revision": found.revision,
        "kind": found.kind,
        "because": found.because,
        "brought": found.brought,
        "taken": found.taken,
        "own": found.own,
        "is_final": found.is_final,
        "looked_at": now,
    }
    row = insert_into(session, RollOutRow).values(deploy_id=case.deploy.id, **values)
    session.execute(row.on_conflict_do_update(index_elements=["deploy_id"], set_=values))
    session.execute(sa.delete(ArrivalRow).where(col(ArrivalRow.deploy_id) == case.deploy.id))
    if found.repo_id is None or not found.arrived:
        return
    known = _arrived_before(session, case.deploy, [one.sha for one in found.arrived])
    session.execute(
        sa.insert(ArrivalRow),
        [
            {
                "deploy_id": case.deploy.id,
                "repo_id": found.repo_id,
                "sha": one.sha,
                "place": place,
                "committed_at": one.committed_at,
                "is_taken": one.is_taken,
                "is_first": not one.is_taken and one.sha not in known,
                "is_own": one.is_own,
            }
            for place, one in enumerate(found.arrived)
        ],
    )


def _arrived_before(session: Session, deploy: DeployRow, shas: Collection[str]) -> set[str]:
    """Those of the commits that an earlier full deploy of the line brought already."""
    listed, found = list(shas), set[str]()
    for at in range(0, len(listed), 500):
        wanted = (
            select(ArrivalRow.sha)
            .join(DeployRow, col(DeployRow.id) == col(ArrivalRow.deploy_id))
            .where(DeployRow.project_id == deploy.project_id, DeployRow.service == deploy.service)
            .where(DeployRow.environment == deploy.environment, DeployRow.at < deploy.at)
            .where(col(DeployRow.stage).is_(None), col(ArrivalRow.is_taken).is_(False))
            .where(col(ArrivalRow.sha).in_(listed[at : at + 500]))
        )
        found |= set(session.exec(wanted))
    return found
