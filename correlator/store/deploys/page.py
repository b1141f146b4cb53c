"""Reads for the page of one deploy: a fixed number of statements, never one a row."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.deploys import began
from correlator.store.deploys.health import service_of
from correlator.store.deploys.history import SKEW
from correlator.store.deploys.rollouts import line_of_deploy
from correlator.store.intake.tallies import hour_of
from correlator.store.tables import (
    ArrivalRow,
    CommitRow,
    DeployRow,
    HealthVerdictRow,
    IssueRow,
    ProjectRow,
    PullRequestRow,
    RepoRow,
    RollOutRow,
    StandingRow,
    SurveyedRow,
    TallyRow,
)

CHANGES_SHOWN = 100
ISSUES_SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployStory:
    """A deploy, its project, what it turned out to be, and how it fared as far as decided."""

    deploy: DeployRow
    project: ProjectRow
    found: RollOutRow | None
    health: HealthVerdictRow | None
    previous: DeployRow | None
    repo: RepoRow | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A commit that came with a deploy, and what is known of it."""

    arrival: ArrivalRow
    commit: CommitRow | SurveyedRow | None
    standing: StandingRow | None


def deploy_story(session: Session, deploy_id: int) -> DeployStory | None:
    """All about a deploy that stands in one row each; None if there is no such."""
    row = session.execute(
        sa.select(DeployRow, ProjectRow, RollOutRow, HealthVerdictRow, RepoRow)
        .join(ProjectRow, col(ProjectRow.id) == col(DeployRow.project_id))
        .outerjoin(RollOutRow, col(RollOutRow.deploy_id) == col(DeployRow.id))
        .outerjoin(HealthVerdictRow, col(HealthVerdictRow.deploy_id) == col(DeployRow.id))
        .outerjoin(RepoRow, col(RepoRow.id) == col(RollOutRow.repo_id))
        .where(col(DeployRow.id) == deploy_id)
    ).first()
    if row is None:
        return None
    deploy, project, found, health, repo = row
    previous = session.get(DeployRow, found.previous_id) if found and found.previous_id else None
    return DeployStory(
        deploy=deploy, project=project, found=found, health=health, previous=previous, repo=repo
    )


def changes(session: Session, deploy_id: int, page: int, *, taken: bool) -> list[Change]:
    """A page of the commits that a deploy brought, or took away, newest first."""

    def same(
        table: type[CommitRow] | type[SurveyedRow] | type[StandingRow],
    ) -> sa.ColumnElement[bool]:
        of_repo = col(table.repo_id) == col(ArrivalRow.repo_id)
        return sa.and_(of_repo, col(table.sha) == col(ArrivalRow.sha))

    wanted = (
        sa.select(ArrivalRow, CommitRow, SurveyedRow, StandingRow)
        .outerjoin(CommitRow, same(CommitRow))
        .outerjoin(SurveyedRow, same(SurveyedRow))
        .outerjoin(StandingRow, same(StandingRow))
        .where(col(ArrivalRow.deploy_id) == deploy_id, col(ArrivalRow.is_taken).is_(taken))
        .order_by(col(ArrivalRow.place))
        .limit(CHANGES_SHOWN)
        .offset((page - 1) * CHANGES_SHOWN)
    )
    return [
        Change(arrival=arrival, commit=surveyed or commit, standing=standing)
        for arrival, commit, surveyed, standing in session.execute(wanted)
    ]


def kept_count(session: Session, deploy_id: int, *, taken: bool) -> int:
    """How many of them are kept to be shown; a deploy that brings very many keeps the newest."""
    counted = sa.select(sa.func.count()).where(
        col(ArrivalRow.deploy_id) == deploy_id, col(ArrivalRow.is_taken).is_(taken)
    )
    return int(session.execute(counted).scalar_one())


def titles(session: Session, project_id: int, numbers: Sequence[int]) -> dict[int, PullRequestRow]:
    """Pull requests of a project by number."""
    wanted = select(PullRequestRow).where(
        PullRequestRow.project_id == project_id, col(PullRequestRow.number).in_(numbers)
    )
    return {row.number: row for row in session.exec(wanted)}


def began_in(session: Session, deploy: DeployRow) -> tuple[int, list[IssueRow]]:
    """Issues that began in it: how many, and those with most events."""
    where = began.began_in(session, [deploy])[deploy.id or 0].conditions()
    count = session.execute(sa.select(sa.func.count(col(IssueRow.id))).where(*where)).scalar_one()
    listed = select(IssueRow).where(*where).order_by(col(IssueRow.times_seen).desc())
    return int(count), list(session.exec(listed.limit(ISSUES_SHOWN)))


def came_back_in(session: Session, deploy: DeployRow, previous: DeployRow | None) -> list[IssueRow]:
    """Older issues that the release before had none of all the time that it was live, and this
    one has: silent before, seen again. One more than is shown, where there are more."""
    if previous is None:
        return []
    here = [
        col(TallyRow.issue_id) == col(IssueRow.id),
        col(TallyRow.environment) == deploy.environment,
    ]
    service = service_of(session, line_of_deploy(deploy))
    if service is not None:
        here.append(col(TallyRow.service) == service)
    again = sa.exists().where(
        *here, col(TallyRow.release) == deploy.release, col(TallyRow.hour) >= hour_of(deploy.at)
    )
    before = sa.exists().where(
        *here, col(TallyRow.release) == previous.release,
        col(TallyRow.hour) >= hour_of(previous.at),
    )  # fmt: skip
    wanted = (
        select(IssueRow)
        .where(col(IssueRow.project_id) == deploy.project_id, col(IssueRow.merged_into).is_(None))
        .where(col(IssueRow.last_seen) >= hour_of(deploy.at))
        .where(col(IssueRow.first_seen) < deploy.at - SKEW)
        .where(col(IssueRow.first_release) != deploy.release, again, ~before)
        .order_by(col(IssueRow.last_seen).desc())
        .limit(ISSUES_SHOWN + 1)
    )
    return list(session.exec(wanted))


def neighbours(session: Session, deploy: DeployRow) -> tuple[int | None, int | None]:
    """The deploys of the line after and before it."""
    on = (
        select(DeployRow.id)
        .where(DeployRow.project_id == deploy.project_id, DeployRow.service == deploy.service)
        .where(DeployRow.environment == deploy.environment)
    )
    newer = on.where(DeployRow.at > deploy.at).order_by(col(DeployRow.at)).limit(1)
    older = on.where(DeployRow.at < deploy.at).order_by(col(DeployRow.at).desc()).limit(1)
    return session.exec(newer).first(), session.exec(older).first()


def newest_of(
    session: Session, release: str, environment: str | None, service: str | None, only: int | None
) -> list[DeployRow]:
    """The newest deploys of a release, one of each line: what a pipeline waits for."""
    wanted = select(DeployRow).where(DeployRow.release == release)
    if environment is not None:
        wanted = wanted.where(DeployRow.environment == environment)
    if service is not None:
        wanted = wanted.where(DeployRow.service == service)
    if only is not None:
        wanted = wanted.where(DeployRow.project_id == only)
    found: dict[tuple[int, str, str], DeployRow] = {}
    for row in session.exec(wanted.order_by(col(DeployRow.at).desc()).limit(100)):
        found.setdefault((row.project_id, row.service, row.environment), row)
    return list(found.values())
