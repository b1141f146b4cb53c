"""Reads for the doctor: what projects send, and how it fits together."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.intake.bodies import unpack
from correlator.store.tables import DeployRow, EventRow, ProjectRepoRow, ProjectRow, ReleaseRow

NEWEST = 50
NAMES = 200
_AHEAD = "timestamp lies ahead"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseNames:
    """Release names of a project's events and of its deploys, newest first."""

    slug: str
    seen: tuple[str, ...]
    deployed: tuple[str, ...]
    events: bool


@dataclass(frozen=True, slots=True)
class Delay:
    """Seconds from an event to its receipt, and whether it claimed to come from the future."""

    seconds: float
    ahead: bool


def release_names(session: Session, since: datetime) -> list[ReleaseNames]:
    """Of every project, what was first seen or deployed since a moment."""
    return [
        ReleaseNames(
            slug=project.slug,
            seen=tuple(_seen(session, project, since)),
            deployed=tuple(_deployed(session, project, since)),
            events=_newest(session, project, since, 1) != [],
        )
        for project in _projects(session)
    ]


def projects_without_code(session: Session) -> list[str]:
    """Projects that have no repository."""
    linked = select(col(ProjectRepoRow.project_id))
    lonely = select(ProjectRow.slug).where(col(ProjectRow.id).not_in(linked))
    return list(session.exec(lonely.order_by(col(ProjectRow.slug))))


def delays(session: Session, since: datetime) -> dict[str, list[Delay]]:
    """Of the newest events of every project that has some, how late they came."""
    found = {
        project.slug: [_delay(row) for row in _newest(session, project, since, NEWEST)]
        for project in _projects(session)
    }
    return {slug: some for slug, some in found.items() if some}


def _projects(session: Session) -> list[ProjectRow]:
    return list(session.exec(select(ProjectRow).order_by(col(ProjectRow.slug))))


def _seen(session: Session, project: ProjectRow, since: datetime) -> list[str]:
    names = select(ReleaseRow.name).where(
        ReleaseRow.project_id == project.id, ReleaseRow.first_seen >= since
    )
    return list(session.exec(names.order_by(col(ReleaseRow.first_seen).desc()).limit(NAMES)))


def _deployed(session: Session, project: ProjectRow, since: datetime) -> list[str]:
    newest = sa.func.max(col(DeployRow.at))
    names = (
        select(DeployRow.release)
        .where(DeployRow.project_id == project.id, DeployRow.at >= since)
        .group_by(col(DeployRow.release))
        .order_by(newest.desc())
    )
    return list(session.exec(names.limit(NAMES)))


def _newest(session: Session, project: ProjectRow, since: datetime, limit: int) -> list[EventRow]:
    rows = select(EventRow).where(EventRow.project_id == project.id, EventRow.received_at >= since)
    return list(session.exec(rows.order_by(col(EventRow.received_at).desc()).limit(limit)))


def _delay(row: EventRow) -> Delay:
    ahead = any(note.startswith(_AHEAD) for note in unpack(row.body).notes)
    return Delay((row.received_at - row.at).total_seconds(), ahead)
