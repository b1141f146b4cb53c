"""What else a week had: deploys and how they fared, commits."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.deploys.health import health_of
from correlator.store.tables import (
    DeployRow,
    IssueRow,
    ProjectRepoRow,
    ProjectRow,
    RepoRow,
    SurveyedRow,
    SurveyRow,
)
from correlator.types import Scope, Week, WeekCommit, WeekDeploy, WeekIssue


def deploys(
    session: Session, scope: Scope, week: Week, issues: Sequence[WeekIssue]
) -> list[WeekDeploy]:
    """Roll-outs of the week, in order, with those issues of the week that began in each."""
    wanted = (
        select(DeployRow, ProjectRow)
        .join(ProjectRow, col(ProjectRow.id) == col(DeployRow.project_id))
        .where(
            DeployRow.environment == scope.environment,
            DeployRow.at >= week.since,
            DeployRow.at < week.until,
        )
        .order_by(col(DeployRow.at), col(DeployRow.id))
    )
    if scope.services:
        wanted = wanted.where(col(DeployRow.service).in_(scope.services))
    if scope.project_id is not None:
        wanted = wanted.where(DeployRow.project_id == scope.project_id)
    rows = session.exec(wanted).all()
    began = _began_in(session, [row for row, _ in rows], week, {one.id for one in issues})
    fared = health_of(session, [row.id for row, _ in rows])
    return [
        WeekDeploy(
            id=row.id or 0,
            project=project.slug,
            service=row.service,
            release=row.release,
            at=row.at,
            path=f"/deploys/{row.id}",
            issues=tuple(began[row.id]),
            health=fared[row.id or 0].health if row.id in fared else "",
            because=fared[row.id or 0].because if row.id in fared else "",
        )
        for row, project in rows
    ]


def _began_in(
    session: Session, rows: Iterable[DeployRow], week: Week, known: set[int]
) -> defaultdict[int | None, list[int]]:
    """Issues by the last roll-out of their first release before they were first seen."""
    lines: defaultdict[tuple[object, ...], list[DeployRow]] = defaultdict(list)
    for row in rows:
        lines[(row.project_id, row.release, row.environment, row.service)].append(row)
    began: defaultdict[int | None, list[int]] = defaultdict(list)
    new = select(IssueRow).where(
        IssueRow.first_seen >= week.since, IssueRow.first_seen < week.until
    )
    for issue in session.exec(new.order_by(col(IssueRow.id))):
        line = (
            issue.project_id,
            issue.first_release,
            issue.first_environment,
            issue.first_service,
        )
        before = [row for row in lines.get(line, ()) if row.at <= issue.first_seen]
        if issue.id in known and before:
            began[before[-1].id].append(issue.id or 0)
    return began


def commits(session: Session, scope: Scope, week: Week) -> tuple[WeekCommit, ...] | None:
    """Commits of the default branches in the week; None where no repository was surveyed yet."""
    repos = sa.select(col(ProjectRepoRow.repo_id))
    if scope.project_id is not None:
        repos = repos.where(col(ProjectRepoRow.project_id) == scope.project_id)
    surveyed = sa.select(col(SurveyRow.id)).where(
        col(SurveyRow.repo_id).in_(repos), col(SurveyRow.full_at).is_not(None)
    )
    if session.execute(surveyed.limit(1)).first() is None:
        return None
    rows = session.execute(
        sa.select(
            col(RepoRow.name),
            col(SurveyedRow.sha),
            col(SurveyedRow.message),
            col(SurveyedRow.author),
        )
        .join(RepoRow, col(RepoRow.id) == col(SurveyedRow.repo_id))
        .where(
            col(SurveyedRow.repo_id).in_(repos),
            col(SurveyedRow.committed_at) >= week.since,
            col(SurveyedRow.committed_at) < week.until,
        )
        .order_by(col(SurveyedRow.committed_at), col(SurveyedRow.id))
    )
    return tuple(
        WeekCommit(repo=repo, sha=sha, subject=message.strip().split("\n")[0][:120], author=author)
        for repo, sha, message, author in rows
    )
