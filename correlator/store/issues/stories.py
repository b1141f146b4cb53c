"""Reads for the page of one issue: a fixed number of statements, never one a row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.deploys.history import deploy_of, line_of
from correlator.store.intake.tallies import events_between
from correlator.store.issues.listing import HOUR, judgements
from correlator.store.tables import (
    AccountRow,
    CommitRow,
    DeployRow,
    EventRow,
    IssueRow,
    JudgementRow,
    ProjectRow,
    RepoRow,
    SuspectRow,
    VerdictRow,
)
from correlator.store.verdicts.elsewhere import commits_elsewhere, repo_names

DEPLOYS_SHOWN = 200
EVENTS_SHOWN = 100
EVENTS_COUNTED = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All that the page of one issue shows."""

    issue: IssueRow
    project: ProjectRow
    event: EventRow | None
    newer: int | None
    older: int | None
    verdict: VerdictRow | None
    repo: RepoRow | None
    suspects: tuple[SuspectRow, ...]
    said: dict[str, JudgementRow]
    people: dict[int | None, str]
    commits: dict[str, CommitRow]
    repos: dict[int | None, str | None]
    deploys: tuple[DeployRow, ...]
    began: DeployRow | None


def issue_story(session: Session, issue_id: int, event_id: int | None = None) -> Story | None:
    """The issue with its verdict in force and one event: the one asked for, else the verdict's."""
    found = session.execute(
        select(IssueRow, ProjectRow, VerdictRow, RepoRow)
        .join(ProjectRow, col(ProjectRow.id) == col(IssueRow.project_id))
        .outerjoin(VerdictRow, col(VerdictRow.id) == col(IssueRow.verdict_id))
        .outerjoin(RepoRow, col(RepoRow.id) == col(VerdictRow.repo_id))
        .where(col(IssueRow.id) == issue_id)
    ).first()
    if found is None:
        return None
    issue, project, verdict, repo = found
    event = _event(session, issue, event_id or (verdict.event_id if verdict else None))
    suspects = _suspects(session, verdict)
    said = judgements(session, [issue.id])[issue.id]
    newer, older = _neighbours(session, event)
    line, began = _deploys_of(session, issue)
    return Story(
        issue=issue,
        project=project,
        event=event,
        newer=newer,
        older=older,
        verdict=verdict,
        repo=repo,
        suspects=suspects,
        said=said,
        people=_people(session, [row.account_id for row in said.values()]),
        commits=commits_of(session, repo, _shas(verdict, suspects))
        | commits_elsewhere(session, suspects),
        repos=repo_names(session, suspects) | {None: repo.name if repo else None},
        deploys=line,
        began=next((row for row in line if began and row.id == began.id), began),
    )


def _event(session: Session, issue: IssueRow, event_id: int | None) -> EventRow | None:
    event = session.get(EventRow, event_id or issue.first_event_id or 0)
    if event is not None and event.issue_id == issue.id:
        return event
    newest = select(EventRow).where(col(EventRow.issue_id) == issue.id)
    return session.exec(newest.order_by(col(EventRow.at).desc()).limit(1)).first()


def _neighbours(session: Session, event: EventRow | None) -> tuple[int | None, int | None]:
    if event is None:
        return None, None
    at, row_id = col(EventRow.at), col(EventRow.id)
    same = sa.select(row_id).where(col(EventRow.issue_id) == event.issue_id)
    after = sa.or_(at > event.at, sa.and_(at == event.at, row_id > event.id))
    before = sa.or_(at < event.at, sa.and_(at == event.at, row_id < event.id))
    newer = same.where(after).order_by(at, row_id).limit(1)
    older = same.where(before).order_by(at.desc(), row_id.desc()).limit(1)
    return session.execute(newer).scalar(), session.execute(older).scalar()


def _suspects(session: Session, verdict: VerdictRow | None) -> tuple[SuspectRow, ...]:
    if verdict is None:
        return ()
    wanted = select(SuspectRow).where(col(SuspectRow.verdict_id) == verdict.id)
    return tuple(session.exec(wanted.order_by(col(SuspectRow.place))))


def _shas(verdict: VerdictRow | None, suspects: Sequence[SuspectRow]) -> set[str]:
    lines = (
        line
        for snippet in (verdict.snippets if verdict else ())
        for line in snippet.get("lines", ())
    )
    return {row.sha for row in suspects} | {line["sha"] for line in lines if line.get("sha")}


def commits_of(session: Session, repo: RepoRow | None, shas: set[str]) -> dict[str, CommitRow]:
    """The commits that are kept, by sha."""
    if repo is None or not shas:
        return {}
    wanted = select(CommitRow).where(
        col(CommitRow.repo_id) == repo.id, col(CommitRow.sha).in_(shas)
    )
    return {row.sha: row for row in session.exec(wanted)}


def _people(session: Session, ids: Sequence[int | None]) -> dict[int | None, str]:
    known = {each for each in ids if each is not None}
    if not known:
        return {}
    wanted = select(AccountRow).where(col(AccountRow.id).in_(known))
    return {row.id: row.email for row in session.exec(wanted)}


def _deploys_of(
    session: Session, issue: IssueRow
) -> tuple[tuple[DeployRow, ...], DeployRow | None]:
    """The newest deploys of the issue's line, oldest first, and the one the issue began in."""
    line = line_of(session, issue)
    wanted = select(DeployRow).where(
        col(DeployRow.project_id) == line.project_id,
        col(DeployRow.environment) == line.environment,
        col(DeployRow.service) == line.service,
    )
    rows = session.exec(wanted.order_by(col(DeployRow.at).desc()).limit(DEPLOYS_SHOWN))
    began = deploy_of(session, line, issue.first_release, issue.first_seen)
    return tuple(reversed(list(rows))), began


def time_line(
    session: Session, issue_id: int, since: datetime, until: datetime, bars: int
) -> list[int]:
    """Events of one issue in ``bars`` equal stretches. Where a stretch is an hour or more, from
    the counts that outlive the events; else from the events themselves."""
    step = (until - since) / bars
    counts = [0] * bars
    if step >= HOUR:
        for hour, events in events_between(session, issue_id, since, until):
            counts[min(max(int((hour + HOUR / 2 - since) / step), 0), bars - 1)] += events
        return counts
    at = col(EventRow.at)
    wanted = sa.select(at).where(col(EventRow.issue_id) == issue_id, at >= since, at < until)
    for found in session.execute(wanted.order_by(at.desc()).limit(EVENTS_COUNTED)).scalars():
        counts[min(int((found - since) / step), bars - 1)] += 1
    return counts


def events_of(session: Session, issue_id: int, user: str, page: int) -> tuple[int, list[EventRow]]:
    """How many events there are and one page of them, newest first; of one user when given."""
    conditions = [col(EventRow.issue_id) == issue_id]
    if user:
        conditions.append(col(EventRow.user) == user)
    total = session.execute(sa.select(sa.func.count()).where(*conditions)).scalar_one()
    rows = select(EventRow).where(*conditions).order_by(col(EventRow.at).desc())
    offset = (max(page, 1) - 1) * EVENTS_SHOWN
    return int(total), list(session.exec(rows.limit(EVENTS_SHOWN).offset(offset)))


def users_of(session: Session, issue_id: int) -> list[tuple[str, int, datetime]]:
    """Users (keyed hashes), how many events each met and when last; most first."""
    events = sa.func.count().label("events")
    query = (
        sa.select(col(EventRow.user), events, sa.func.max(col(EventRow.at)))
        .where(col(EventRow.issue_id) == issue_id, col(EventRow.user).is_not(None))
        .group_by(col(EventRow.user))
        .order_by(events.desc(), col(EventRow.user))
        .limit(500)
    )
    return [(row[0], int(row[1]), row[2]) for row in session.execute(query)]


def verdict_suspecting(session: Session, issue_id: int, shas: set[str]) -> int | None:
    """The issue's verdict in force, if it suspects all of these commits."""
    wanted = (
        sa.select(col(SuspectRow.verdict_id), col(SuspectRow.sha))
        .join(IssueRow, col(IssueRow.verdict_id) == col(SuspectRow.verdict_id))
        .where(col(IssueRow.id) == issue_id, col(SuspectRow.sha).in_(shas))
    )
    found = {sha: verdict for verdict, sha in session.execute(wanted)}
    return next(iter(found.values())) if shas and set(found) == shas else None
