"""What else a week had: deploys, what people decided, commits."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, select

from correlator.store.tables import (
    AccountRow,
    DeployRow,
    IssueRow,
    JudgementRow,
    KindRow,
    ProjectRepoRow,
    ProjectRow,
    RegroupingRow,
    RepoRow,
    SurveyedRow,
    SurveyRow,
    TallyRow,
)
from correlator.types import (
    Decision,
    Scope,
    Week,
    WeekAct,
    WeekCommit,
    WeekDeploy,
    WeekIssue,
)

_SAID = {"confirmed": WeekAct.CONFIRMED, "rejected": WeekAct.REJECTED}
_REGROUPED = {"merged": WeekAct.JOINED, "split": WeekAct.SPLIT, "undone": WeekAct.UNDONE}


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
    return [
        WeekDeploy(
            id=row.id or 0,
            project=project.slug,
            service=row.service,
            release=row.release,
            at=row.at,
            path=f"/deploys?project={project.slug}",
            issues=tuple(began[row.id]),
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


def decisions(session: Session, scope: Scope, week: Week) -> list[Decision]:
    """What people said and did about issues of the scope, in order."""
    found = [
        *_acts(session, scope, week, JudgementRow, col(JudgementRow.issue_id)),
        *_acts(session, scope, week, RegroupingRow, col(RegroupingRow.into_issue_id)),
        *_acts(session, scope, week, KindRow, col(KindRow.issue_id)),
    ]
    return sorted(found, key=lambda one: (one.at, one.issue_id))


def _acts(
    session: Session,
    scope: Scope,
    week: Week,
    table: type[JudgementRow] | type[RegroupingRow] | type[KindRow],
    issue_id: Mapped[int],
) -> list[Decision]:
    seen = sa.select(col(TallyRow.issue_id)).where(col(TallyRow.environment) == scope.environment)
    if scope.services:
        seen = seen.where(col(TallyRow.service).in_(scope.services))
    wanted = (
        sa.select(table, IssueRow, col(ProjectRow.slug), col(AccountRow.email))
        .join(IssueRow, col(IssueRow.id) == issue_id)
        .join(ProjectRow, col(ProjectRow.id) == col(IssueRow.project_id))
        .join(AccountRow, col(AccountRow.id) == col(table.account_id))
        .where(col(table.at) >= week.since, col(table.at) < week.until)
        .where(col(IssueRow.id).in_(seen))
    )
    if scope.project_id is not None:
        wanted = wanted.where(col(IssueRow.project_id) == scope.project_id)
    return [
        Decision(
            act=_act(row),
            issue_id=issue.id or 0,
            short=f"{slug.upper()}-{issue.number}",
            who=email,
            at=row.at,
        )
        for row, issue, slug, email in session.execute(wanted)
    ]


def _act(row: JudgementRow | RegroupingRow | KindRow) -> WeekAct:
    if isinstance(row, JudgementRow):
        return _SAID.get(row.said, WeekAct.TAKEN_BACK)
    if isinstance(row, RegroupingRow):
        return _REGROUPED.get(row.action, WeekAct.JOINED)
    return WeekAct.NAMED if row.kind else WeekAct.TAKEN_BACK


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
