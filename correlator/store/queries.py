"""Reads for the other pages: a fixed number of statements each, never one a row."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.tables import (
    CommitRow,
    DeployRow,
    InboxRow,
    IssueRow,
    ProjectRow,
    RepoRow,
    SurveyedRow,
    SuspectRow,
    TroubleRow,
    VerdictRow,
)

DEPLOYS_SHOWN = 100


def deploys(
    session: Session, conditions: dict[str, Any], page: int
) -> tuple[int, list[tuple[DeployRow, ProjectRow, int]]]:
    """How many deploys there are, and a page of them with the issues first seen in each release."""
    found = (
        sa.select(sa.func.count(col(IssueRow.id)))
        .where(
            col(IssueRow.project_id) == col(DeployRow.project_id),
            col(IssueRow.first_release) == col(DeployRow.release),
            col(IssueRow.first_environment) == col(DeployRow.environment),
            col(IssueRow.first_service) == col(DeployRow.service),
        )
        .correlate(DeployRow)
        .scalar_subquery()
    )
    columns = {
        "project": col(ProjectRow.slug),
        "project_id": col(DeployRow.project_id),
        "environment": col(DeployRow.environment),
        "service": col(DeployRow.service),
    }
    where = [columns[name] == value for name, value in conditions.items() if value]
    belongs = col(ProjectRow.id) == col(DeployRow.project_id)
    total = sa.select(sa.func.count(col(DeployRow.id))).join(ProjectRow, belongs).where(*where)
    rows = (
        sa.select(DeployRow, ProjectRow, found)
        .join(ProjectRow, belongs)
        .where(*where)
        .order_by(col(DeployRow.at).desc(), col(DeployRow.id).desc())
        .limit(DEPLOYS_SHOWN)
        .offset((max(page, 1) - 1) * DEPLOYS_SHOWN)
    )
    listed = [(row[0], row[1], int(row[2])) for row in session.execute(rows)]
    return int(session.execute(total).scalar_one()), listed


def change(session: Session, repo: str, sha: str) -> tuple[RepoRow, CommitRow | SurveyedRow] | None:
    """A commit by repository name and sha; a unique beginning of the sha will do. What an issue
    mentions is told as of then, any other as its survey tells it."""
    for table in (CommitRow, SurveyedRow):
        wanted = (
            sa.select(RepoRow, table)
            .join(table, col(table.repo_id) == col(RepoRow.id))
            .where(col(RepoRow.name) == repo, col(table.sha).startswith(sha, autoescape=True))
            .limit(2)
        )
        found = session.execute(wanted).all()
        if found:
            return (found[0][0], found[0][1]) if len(found) == 1 else None
    return None


def suspected_in(
    session: Session, repo_id: int | None, sha: str, only_project: int | None
) -> list[tuple[IssueRow, ProjectRow, SuspectRow, VerdictRow]]:
    """Issues whose verdict in force suspects the commit, surest first."""
    # By the issue's own id, too: from a suspect's verdict to its issue there is no other index.
    in_force = sa.and_(
        col(IssueRow.id) == col(VerdictRow.issue_id),
        col(IssueRow.verdict_id) == col(VerdictRow.id),
    )
    wanted = (
        sa.select(IssueRow, ProjectRow, SuspectRow, VerdictRow)
        .join(VerdictRow, in_force)
        .join(SuspectRow, col(SuspectRow.verdict_id) == col(VerdictRow.id))
        .join(ProjectRow, col(ProjectRow.id) == col(IssueRow.project_id))
        .where(
            sa.func.coalesce(col(SuspectRow.repo_id), col(VerdictRow.repo_id)) == repo_id,
            col(SuspectRow.sha) == sha,
        )
        .order_by(col(SuspectRow.probability).desc(), col(IssueRow.id))
        .limit(200)
    )
    if only_project is not None:
        wanted = wanted.where(col(IssueRow.project_id) == only_project)
    return [(row[0], row[1], row[2], row[3]) for row in session.execute(wanted)]


def issues_made(session: Session) -> dict[str, int]:
    """How many issues each project ever made, by slug: they are numbered from 1 to that."""
    made = sa.select(col(ProjectRow.slug), col(ProjectRow.issues_made))
    return {slug: number for slug, number in session.execute(made.order_by(col(ProjectRow.slug)))}


def slugs(session: Session, only: int | None) -> list[str]:
    """Names of the projects, of one when given."""
    wanted = sa.select(col(ProjectRow.slug)).order_by(col(ProjectRow.slug))
    if only is not None:
        wanted = wanted.where(col(ProjectRow.id) == only)
    return list(session.execute(wanted).scalars())


def environments(session: Session, only: int | None) -> list[str]:
    """Environments that issues were first seen in."""
    column = col(IssueRow.first_environment)
    wanted = sa.select(column).distinct().order_by(column)
    if only is not None:
        wanted = wanted.where(col(IssueRow.project_id) == only)
    return list(session.execute(wanted).scalars())


def oldest_waiting(session: Session) -> datetime | None:
    """When the oldest delivery that nobody has worked on yet came in."""
    waiting = sa.select(col(InboxRow.received_at)).where(col(InboxRow.state) == "new")
    at: datetime | None = session.execute(waiting.order_by(col(InboxRow.id)).limit(1)).scalar()
    return at


def open_troubles(session: Session, only: int | None = None) -> int:
    """How many troubles wait for a person."""
    wanted = sa.select(sa.func.count()).where(col(TroubleRow.resolved_at).is_(None))
    if only is not None:
        wanted = wanted.where(col(TroubleRow.project_id) == only)
    return int(session.execute(wanted).scalar_one())


def any_repository(session: Session) -> bool:
    """Whether there is a repository at all."""
    return session.execute(sa.select(col(RepoRow.id)).limit(1)).first() is not None
