"""Reads for what is set up here: projects, repositories, tokens, and what went wrong."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.tables import (
    EventRow,
    IssueRow,
    ProjectRepoRow,
    ProjectRow,
    RepoRow,
    TokenRow,
    TroubleRow,
)

TROUBLES_SHOWN = 200


def projects(session: Session, only: int | None) -> list[tuple[ProjectRow, int, int]]:
    """Projects with how many issues and open issues each has."""
    opened = sa.func.sum(sa.case((col(IssueRow.status) == "open", 1), else_=0))
    wanted = (
        sa.select(ProjectRow, sa.func.count(col(IssueRow.id)), sa.func.coalesce(opened, 0))
        .outerjoin(IssueRow, col(IssueRow.project_id) == col(ProjectRow.id))
        .group_by(*ProjectRow.__table__.columns)  # type: ignore[attr-defined]
        .order_by(col(ProjectRow.slug))
    )
    if only is not None:
        wanted = wanted.where(col(ProjectRow.id) == only)
    return [(row[0], int(row[1]), int(row[2])) for row in session.execute(wanted)]


def project_named(session: Session, slug: str) -> ProjectRow | None:
    """The project of that name."""
    return session.exec(select(ProjectRow).where(col(ProjectRow.slug) == slug)).first()


def has_events(session: Session, project_id: int | None) -> bool:
    """Whether anything was ever received for the project."""
    wanted = sa.select(col(EventRow.id)).where(col(EventRow.project_id) == project_id).limit(1)
    return session.execute(wanted).first() is not None


def code_roots(session: Session, project_id: int | None) -> list[tuple[ProjectRepoRow, RepoRow]]:
    """Where the project's code lies."""
    wanted = (
        sa.select(ProjectRepoRow, RepoRow)
        .join(RepoRow, col(RepoRow.id) == col(ProjectRepoRow.repo_id))
        .where(col(ProjectRepoRow.project_id) == project_id)
        .order_by(col(RepoRow.name))
    )
    return [(row[0], row[1]) for row in session.execute(wanted)]


def tokens(session: Session, project_id: int | None) -> list[TokenRow]:
    """Tokens that open this project, those that open every project included; newest first."""
    whose = sa.or_(col(TokenRow.project_id) == project_id, col(TokenRow.project_id).is_(None))
    return list(session.exec(select(TokenRow).where(whose).order_by(col(TokenRow.id).desc())))


def repositories(session: Session, only: int | None) -> list[tuple[RepoRow, list[str]]]:
    """Repositories with the projects that use them."""
    wanted = (
        sa.select(RepoRow, ProjectRow)
        .outerjoin(ProjectRepoRow, col(ProjectRepoRow.repo_id) == col(RepoRow.id))
        .outerjoin(ProjectRow, col(ProjectRow.id) == col(ProjectRepoRow.project_id))
        .order_by(col(RepoRow.name), col(ProjectRow.slug))
    )
    if only is not None:
        wanted = wanted.where(col(ProjectRow.id) == only)
    found: dict[int | None, tuple[RepoRow, list[str]]] = {}
    for repo, project in session.execute(wanted):
        _, names = found.setdefault(repo.id, (repo, []))
        if project is not None:
            names.append(project.slug)
    return list(found.values())


def troubles(session: Session, only: int | None) -> Sequence[tuple[TroubleRow, str | None]]:
    """Troubles, unresolved first and newest first, with the project's name."""
    resolved: Any = col(TroubleRow.resolved_at)
    wanted = (
        sa.select(TroubleRow, col(ProjectRow.slug))
        .outerjoin(ProjectRow, col(ProjectRow.id) == col(TroubleRow.project_id))
        .order_by(sa.case((resolved.is_(None), 0), else_=1), col(TroubleRow.at).desc())
        .limit(TROUBLES_SHOWN)
    )
    if only is not None:
        wanted = wanted.where(col(TroubleRow.project_id) == only)
    return [(row[0], row[1]) for row in session.execute(wanted)]
