"""What history says to whoever is about to deploy: issues by culprit, and what runs where."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.among import among
from correlator.store.tables import (
    ClassMemberRow,
    DeployRow,
    FailureClassRow,
    IssueRow,
    ProjectRow,
    RepoRow,
    VerdictRow,
)
from correlator.store.verdicts.culprit import likely_culprits
from correlator.types import ClassState

MOST = 2000


def repo_named(session: Session, name: str) -> RepoRow | None:
    """A repository by its name here, or by the full name that its address ends in."""
    wanted = name.casefold().strip("/")
    for row in session.exec(select(RepoRow).order_by(col(RepoRow.id))):
        address = row.url.casefold().rstrip("/").removesuffix(".git")
        if row.name.casefold() == wanted or (
            "/" in wanted and address.endswith((f"/{wanted}", f":{wanted}"))
        ):
            return row
    return None


def culprits(session: Session, repo_id: int, project_ids: Sequence[int]) -> list[dict[str, Any]]:
    """The newest issues of these projects whose likely culprit is of the repository."""
    named = likely_culprits(col(IssueRow.project_id).in_(project_ids)).subquery()
    sure = sa.case((named.c.is_confirmed, 1.0), else_=col(VerdictRow.confidence))
    # Columns, not rows: of thousands these take half of the time.
    columns: tuple[Any, ...] = (
        *(col(IssueRow.id), col(IssueRow.number), col(IssueRow.type), col(IssueRow.value)),
        *(col(IssueRow.status), col(IssueRow.last_seen), col(ProjectRow.slug)),
        *(named.c.sha, sure.label("confidence")),
    )
    wanted = (
        sa.select(*columns)
        .select_from(IssueRow)
        .join(named, named.c.issue_id == col(IssueRow.id))
        .join(VerdictRow, col(VerdictRow.id) == col(IssueRow.verdict_id))
        .join(ProjectRow, col(ProjectRow.id) == col(IssueRow.project_id))
        .where(named.c.repo_id == repo_id)
        .order_by(col(IssueRow.last_seen).desc(), col(IssueRow.id).desc())
        .limit(MOST)
    )
    found = session.connection().execute(wanted).all()
    in_class = class_names(session, [row.id for row in found])
    return [
        {
            "id": row.id,
            "project": row.slug,
            "number": row.number,
            "title": f"{row.type}: {row.value}"[:300] if row.value else row.type,
            "status": row.status,
            "last_seen": row.last_seen,
            "culprit": row.sha,
            "confidence": round(row.confidence, 3),
            "classes": in_class.get(row.id, []),
        }
        for row in found
    ]


def class_names(session: Session, issues: Sequence[int]) -> dict[int, list[str]]:
    """The failure class of each of these issues that is in one that counts."""
    wanted = (
        sa.select(col(ClassMemberRow.issue_id), col(FailureClassRow.name))
        .join(FailureClassRow, col(FailureClassRow.id) == col(ClassMemberRow.class_id))
        .where(
            col(ClassMemberRow.until).is_(None),
            col(FailureClassRow.state) == ClassState.ACTIVE,
            among(session, col(ClassMemberRow.issue_id), issues),
        )
    )
    return {row[0]: [row[1]] for row in session.execute(wanted)}


def running(session: Session, project_ids: Sequence[int]) -> list[dict[str, Any]]:
    """The revision that was deployed last to each environment, and since when it runs there."""
    wanted = (
        select(DeployRow.environment, DeployRow.revision, DeployRow.at)
        .where(col(DeployRow.project_id).in_(project_ids), col(DeployRow.revision).is_not(None))
        .order_by(col(DeployRow.at).desc())
        .limit(MOST)
    )
    found: dict[str, tuple[str | None, datetime]] = {}
    closed: set[str] = set()
    for environment, revision, at in session.exec(wanted):
        if environment in closed:
            continue
        if environment in found and found[environment][0] != revision:
            closed.add(environment)
            continue
        # The same revision again (another service, a restart): it runs since the first time.
        found[environment] = (revision, at)
    return [
        {"environment": name, "revision": revision, "at": at}
        for name, (revision, at) in sorted(found.items())
    ]
