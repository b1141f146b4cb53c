"""Reads for the list of issues: a fixed number of statements, however long the page is."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from correlator.store.elsewhere import commits_elsewhere, repo_names
from correlator.store.tables import (
    ClassMemberRow,
    CommitRow,
    IssueRow,
    JudgementRow,
    ProjectRow,
    RepoRow,
    SuspectRow,
    TallyRow,
    VerdictRow,
)
from correlator.store.tallies import hour_of

PAGE = 50
BARS = 24
HOUR = timedelta(hours=1)
REJECTED = "rejected"
CONFIRMED = "confirmed"
WAITING = "waiting"
ABSTAINED = "abstained"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which issues to list. Empty strings ask for everything; ``page`` counts from 1."""

    project: str = ""
    environment: str = ""
    service: str = ""
    status: str = "open"
    provenance: str = ""
    release: str = ""
    suspect: str = ""
    kind: str = ""
    failure_class: str = ""
    week: str = ""
    search: str = ""
    page: int = 1
    only_project: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An issue with what its line shows."""

    issue: IssueRow
    project: ProjectRow
    verdict: VerdictRow | None
    repos: dict[int | None, str | None]
    suspects: tuple[SuspectRow, ...]
    said: dict[str, JudgementRow]
    commits: dict[str, CommitRow]
    bars: tuple[int, ...]


def count_issues(session: Session, wanted: Wanted) -> int:
    """How many issues there are of what is wanted."""
    query = sa.select(sa.func.count(col(IssueRow.id))).join(ProjectRow, _of_project())
    return int(session.execute(query.where(*_conditions(wanted))).scalar_one())


def list_issues(session: Session, wanted: Wanted, until: datetime) -> list[Listed]:
    """One page of issues, newest trouble first, with their events by hour up to ``until``."""
    query = (
        sa.select(IssueRow, ProjectRow, VerdictRow, col(RepoRow.name))
        .join(ProjectRow, _of_project())
        .outerjoin(VerdictRow, col(VerdictRow.id) == col(IssueRow.verdict_id))
        .outerjoin(RepoRow, col(RepoRow.id) == col(VerdictRow.repo_id))
        .where(*_conditions(wanted))
        .order_by(col(IssueRow.last_seen).desc(), col(IssueRow.id).desc())
        .limit(PAGE)
        .offset((max(wanted.page, 1) - 1) * PAGE)
    )
    found = list(session.execute(query).all())
    ids = [row[0].id for row in found]
    verdicts = [row[2] for row in found if row[2] is not None]
    suspects = _suspects(session, verdicts)
    said = judgements(session, ids)
    commits = _commits(session, verdicts, suspects)
    every = [row for rows in suspects.values() for row in rows]
    elsewhere, names = commits_elsewhere(session, every), repo_names(session, every)
    bars = hourly_bars(session, ids, until)
    return [
        Listed(
            issue=issue,
            project=project,
            verdict=verdict,
            repos={**names, None: repo},
            suspects=tuple(suspects[verdict.id]) if verdict else (),
            said=said[issue.id],
            commits=commits[verdict.repo_id] | elsewhere if verdict else {},
            bars=bars.get(issue.id, (0,) * BARS),
        )
        for issue, project, verdict, repo in found
    ]


def _of_project() -> sa.ColumnElement[bool]:
    return col(ProjectRow.id) == col(IssueRow.project_id)


def _conditions(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    exact = {
        col(ProjectRow.slug): wanted.project,
        col(IssueRow.first_environment): wanted.environment,
        col(IssueRow.first_service): wanted.service,
        col(IssueRow.status): "" if wanted.status == "all" else wanted.status,
        col(IssueRow.first_release): wanted.release,
        col(IssueRow.kind): wanted.kind,
    }
    conditions: list[sa.ColumnElement[bool]] = [
        column == value for column, value in exact.items() if value
    ]
    conditions.append(col(IssueRow.merged_into).is_(None))
    if wanted.only_project is not None:
        conditions.append(col(IssueRow.project_id) == wanted.only_project)
    if wanted.suspect:
        conditions.append(_has_suspect(wanted.suspect))
    if wanted.provenance:
        conditions.append(_provenance(wanted.provenance))
    if wanted.failure_class:
        conditions.append(_in_class(wanted.failure_class))
    if wanted.week:
        conditions.append(_seen_in(wanted.week))
    if wanted.search:
        conditions.append(_mentions(wanted.search))
    return conditions


def _mentions(words: str) -> sa.ColumnElement[bool]:
    columns = (IssueRow.type, IssueRow.value, IssueRow.culprit_frame, IssueRow.first_release)
    return sa.and_(
        *(
            sa.or_(*(col(column).icontains(word, autoescape=True) for column in columns))
            for word in words.split()[:8]
        )
    )


def _in_class(asked: str) -> sa.ColumnElement[bool]:
    number = int(asked) if asked.isdecimal() and asked.isascii() and len(asked) < 19 else 0
    inside = sa.select(col(ClassMemberRow.issue_id)).where(
        col(ClassMemberRow.class_id) == number, col(ClassMemberRow.until).is_(None)
    )
    return col(IssueRow.id).in_(inside)


def _seen_in(week: str) -> sa.ColumnElement[bool]:
    """Issues with an event in an ISO week, as ``2026-W47``; of what is none, no issue."""
    try:
        since = datetime.strptime(f"{week}-1", "%G-W%V-%u").replace(tzinfo=UTC)
    except ValueError:
        return sa.false()
    hour = col(TallyRow.hour)
    within = sa.select(col(TallyRow.issue_id)).where(
        hour >= since, hour < since + timedelta(days=7)
    )
    return col(IssueRow.id).in_(within)


def _has_suspect(sha: str) -> sa.ColumnElement[bool]:
    named = sa.select(col(SuspectRow.verdict_id)).where(col(SuspectRow.sha) == sha)
    return col(IssueRow.verdict_id).in_(named)


def _provenance(author: str) -> sa.ColumnElement[bool]:
    if author == WAITING:
        return col(IssueRow.verdict_id).is_(None)
    if author == ABSTAINED:
        silent = sa.select(col(VerdictRow.id)).where(col(VerdictRow.abstained).is_not(None))
        return col(IssueRow.verdict_id).in_(silent)
    return col(IssueRow.id).in_(_issues_led_by(author))


def _issues_led_by(author: str) -> sa.Select[int | None]:
    """Issues whose leading suspect (nobody ruled it out, none before it stands) has this author."""
    issue, ahead = aliased(IssueRow), aliased(SuspectRow)
    same_commit = sa.and_(
        col(CommitRow.repo_id)
        == sa.func.coalesce(col(SuspectRow.repo_id), col(VerdictRow.repo_id)),
        col(CommitRow.sha) == col(SuspectRow.sha),
    )
    earlier = sa.select(sa.literal(1)).where(
        col(ahead.verdict_id) == col(SuspectRow.verdict_id),
        col(ahead.place) < col(SuspectRow.place),
        ~_ruled_out(issue, ahead),
    )
    return (
        sa.select(col(issue.id))
        .join(VerdictRow, col(VerdictRow.id) == col(issue.verdict_id))
        .join(SuspectRow, col(SuspectRow.verdict_id) == col(VerdictRow.id))
        .join(CommitRow, same_commit)
        .where(col(VerdictRow.abstained).is_(None), col(CommitRow.author) == author)
        .where(~_ruled_out(issue, SuspectRow), ~sa.exists(earlier))
    )


def _ruled_out(issue: type[IssueRow], suspect: type[SuspectRow]) -> sa.ColumnElement[bool]:
    """The newest thing that somebody said about the suspect is that it is not the culprit."""
    said, later = aliased(JudgementRow), aliased(JudgementRow)
    newer = sa.select(sa.literal(1)).where(
        col(later.issue_id) == col(said.issue_id),
        col(later.sha) == col(said.sha),
        col(later.id) > col(said.id),
    )
    newest = sa.select(sa.literal(1)).where(
        col(said.issue_id) == col(issue.id),
        col(said.sha) == col(suspect.sha),
        col(said.said) == REJECTED,
        ~sa.exists(newer),
    )
    return sa.exists(newest)


def _suspects(
    session: Session, verdicts: Sequence[VerdictRow]
) -> defaultdict[int | None, list[SuspectRow]]:
    by_verdict: defaultdict[int | None, list[SuspectRow]] = defaultdict(list)
    wanted = col(SuspectRow.verdict_id).in_([verdict.id for verdict in verdicts])
    for row in session.exec(select(SuspectRow).where(wanted).order_by(col(SuspectRow.place))):
        by_verdict[row.verdict_id].append(row)
    return by_verdict


def _commits(
    session: Session,
    verdicts: Sequence[VerdictRow],
    suspects: dict[int | None, list[SuspectRow]],
) -> defaultdict[int | None, dict[str, CommitRow]]:
    by_repo: defaultdict[int | None, dict[str, CommitRow]] = defaultdict(dict)
    shas = {row.sha for rows in suspects.values() for row in rows}
    repos = {verdict.repo_id for verdict in verdicts if verdict.repo_id is not None}
    wanted = select(CommitRow).where(
        col(CommitRow.repo_id).in_(repos), col(CommitRow.sha).in_(shas)
    )
    for row in session.exec(wanted):
        by_repo[row.repo_id][row.sha] = row
    return by_repo


def judgements(
    session: Session, issue_ids: Sequence[int | None]
) -> defaultdict[int | None, dict[str, JudgementRow]]:
    """What people said last, by issue and by commit."""
    by_issue: defaultdict[int | None, dict[str, JudgementRow]] = defaultdict(dict)
    wanted = select(JudgementRow).where(col(JudgementRow.issue_id).in_(issue_ids))
    for row in session.exec(wanted.order_by(col(JudgementRow.id))):
        by_issue[row.issue_id][row.sha] = row
    return by_issue


def hourly_bars(
    session: Session, issue_ids: Sequence[int | None], until: datetime
) -> dict[int | None, tuple[int, ...]]:
    """Events by issue in each of the ``BARS`` hours up to ``until``, the hour of which is last."""
    first = hour_of(until) - (BARS - 1) * HOUR
    query = (
        sa.select(col(TallyRow.issue_id), col(TallyRow.hour), sa.func.sum(col(TallyRow.events)))
        .where(col(TallyRow.issue_id).in_(issue_ids), col(TallyRow.hour) >= first)
        .group_by(col(TallyRow.issue_id), col(TallyRow.hour))
    )
    bars: defaultdict[int | None, list[int]] = defaultdict(lambda: [0] * BARS)
    for issue_id, hour, events in session.execute(query):
        place = int((hour - first) / HOUR)
        if place < BARS:
            bars[issue_id][place] = int(events)
    return {issue_id: tuple(counts) for issue_id, counts in bars.items()}
