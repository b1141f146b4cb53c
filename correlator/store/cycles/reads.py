"""Reads for pages and the terminal: an issue's course."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.cycles import service_of
from correlator.store.tables import (
    AccountRow,
    CommitRow,
    DeployRow,
    EpisodeRow,
    FixAttemptRow,
    FixRow,
    FixWordRow,
    FollowedRow,
    IssueRow,
    JudgementRow,
    RepoRow,
    TallyRow,
    VerdictRow,
)

MOST_DEPLOYS = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseRows:
    """All that is shown of an issue's course; empty if nobody followed it yet. ``people``: who
    judged or said something."""

    followed: FollowedRow | None = None
    episodes: tuple[EpisodeRow, ...] = ()
    attempts: tuple[FixAttemptRow, ...] = ()
    fixes: tuple[FixRow, ...] = ()
    words: tuple[FixWordRow, ...] = ()
    commits: Mapping[str, CommitRow] = field(default_factory=dict)
    repo: str | None = None
    people: Mapping[int | None, str] = field(default_factory=dict)
    judges: frozenset[int] = frozenset()
    deploys: tuple[tuple[str, datetime], ...] = ()
    events: tuple[tuple[datetime, int], ...] = ()
    verdicts: tuple[tuple[datetime, str | None], ...] = ()


def course_rows(session: Session, issue: IssueRow) -> CourseRows:
    """A fixed number of statements, however long it went on."""
    followed = session.exec(select(FollowedRow).where(FollowedRow.issue_id == issue.id)).first()
    return CourseRows() if followed is None else _course_rows(session, issue, followed)


def _course_rows(session: Session, issue: IssueRow, followed: FollowedRow) -> CourseRows:
    issue_id = issue.id or 0
    fix = select(FixRow).where(FixRow.issue_id == issue_id).order_by(col(FixRow.id))
    tried = select(FixAttemptRow).where(FixAttemptRow.issue_id == issue_id)
    lived = select(EpisodeRow).where(EpisodeRow.issue_id == issue_id).order_by(col(EpisodeRow.id))
    said = select(FixWordRow).where(FixWordRow.issue_id == issue_id).order_by(col(FixWordRow.id))
    fixes = tuple(session.exec(fix))
    attempts = tuple(session.exec(tried.order_by(col(FixAttemptRow.at))))
    episodes, words = tuple(session.exec(lived)), tuple(session.exec(said))
    judges = {
        one for one in session.exec(
            select(JudgementRow.account_id).where(JudgementRow.issue_id == issue_id)
        ) if one is not None
    }  # fmt: skip
    repo_id = next((one.repo_id for one in fixes if one.repo_id is not None), None)
    shas = {one.sha for one in fixes if one.sha} | {
        one["sha"] for row in attempts for one in row.fixes if one.get("sha")
    }
    place = followed.environment, followed.service
    return CourseRows(
        followed=followed,
        episodes=episodes,
        attempts=attempts,
        fixes=fixes,
        words=words,
        commits=_commits(session, repo_id, shas),
        repo=_repo_name(session, repo_id, issue),
        people=_people(session, {*judges, *(one.account_id for one in words)}),
        judges=frozenset(judges),
        deploys=_deploys(session, issue, place),
        events=_events(session, issue_id, place),
        verdicts=_verdicts(session, issue_id),
    )


def _commits(session: Session, repo_id: int | None, shas: set[str]) -> dict[str, CommitRow]:
    rows = select(CommitRow).where(col(CommitRow.sha).in_(shas))
    if repo_id is not None:
        rows = rows.where(CommitRow.repo_id == repo_id)
    return {row.sha: row for row in session.exec(rows)}


def _repo_name(session: Session, repo_id: int | None, issue: IssueRow) -> str | None:
    verdict = session.get(VerdictRow, issue.verdict_id) if issue.verdict_id else None
    wanted = repo_id if repo_id is not None else (verdict.repo_id if verdict else None)
    row = session.get(RepoRow, wanted) if wanted is not None else None
    return row.name if row else None


def _people(session: Session, ids: set[int | None]) -> dict[int | None, str]:
    known = [one for one in ids if one is not None]
    rows = select(AccountRow).where(col(AccountRow.id).in_(known))
    return {row.id: row.email for row in session.exec(rows)} if known else {}


def _deploys(
    session: Session, issue: IssueRow, place: tuple[str, str]
) -> tuple[tuple[str, datetime], ...]:
    service = service_of(session, issue.project_id, place)
    rows = (
        sa.select(col(DeployRow.release), col(DeployRow.at))
        .where(col(DeployRow.project_id) == issue.project_id)
        .where(col(DeployRow.environment) == place[0], col(DeployRow.service) == service)
        .where(col(DeployRow.stage).is_(None))
        .order_by(col(DeployRow.at).desc())
        .limit(MOST_DEPLOYS)
    )
    return tuple((str(row[0]), row[1]) for row in session.execute(rows))


def _events(
    session: Session, issue_id: int, place: tuple[str, str]
) -> tuple[tuple[datetime, int], ...]:
    rows = (
        sa.select(col(TallyRow.hour), sa.func.sum(col(TallyRow.events)))
        .where(col(TallyRow.issue_id) == issue_id)
        .where(col(TallyRow.environment) == place[0], col(TallyRow.service) == place[1])
        .group_by(col(TallyRow.hour))
        .order_by(col(TallyRow.hour))
    )
    return tuple((row[0], int(row[1])) for row in session.execute(rows))


def _verdicts(session: Session, issue_id: int) -> tuple[tuple[datetime, str | None], ...]:
    rows = (
        sa.select(col(VerdictRow.at), col(VerdictRow.abstained))
        .where(col(VerdictRow.issue_id) == issue_id)
        .order_by(col(VerdictRow.at))
        .limit(200)
    )
    return tuple((row[0], row[1]) for row in session.execute(rows))
