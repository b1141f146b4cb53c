"""Reads for the list of issues: a fixed number of statements, however long the page is."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.intake.tallies import hour_of
from correlator.store.issues.filters import (
    ABSTAINED,
    CONFIRMED,
    REJECTED,
    WAITING,
    Wanted,
    conditions,
)
from correlator.store.tables import (
    CommitRow,
    FollowedRow,
    IssueRow,
    JudgementRow,
    ProjectRow,
    RepoRow,
    SuspectRow,
    TallyRow,
    VerdictRow,
)
from correlator.store.verdicts.elsewhere import commits_elsewhere, repo_names

PAGE = 50
BARS = 24
HOUR = timedelta(hours=1)


Query = sa.Select[*tuple[Any, ...]]


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
    followed: FollowedRow | None = None


def count_issues(session: Session, wanted: Wanted) -> int:
    """How many issues there are of what is wanted."""
    query = sa.select(sa.func.count(col(IssueRow.id))).join(ProjectRow, _of_project())
    return int(session.execute(query.where(*conditions(wanted))).scalar_one())


def page_of_issues(session: Session, wanted: Wanted, until: datetime) -> tuple[int, list[Listed]]:
    """How many issues there are of what is wanted, and one page of them.

    Whose change leads an issue is dear to find out: it is asked once, for the number and the page.
    """
    if not wanted.provenance:
        return count_issues(session, wanted), list_issues(session, wanted, until)
    found = session.connection().execute(_ordered(sa.select(col(IssueRow.id)), wanted))
    ids = found.scalars().all()
    first = (max(wanted.page, 1) - 1) * PAGE
    some = col(IssueRow.id).in_(ids[first : first + PAGE])
    return len(ids), _listed(session, _newest_first(_whole().where(some)), until)


def list_issues(session: Session, wanted: Wanted, until: datetime) -> list[Listed]:
    """One page of issues, newest trouble first, with their events by hour up to ``until``."""
    query = _newest_first(_whole().where(*conditions(wanted)))
    return _listed(session, query.limit(PAGE).offset((max(wanted.page, 1) - 1) * PAGE), until)


def _ordered(query: Query, wanted: Wanted) -> Query:
    return _newest_first(query.join(ProjectRow, _of_project()).where(*conditions(wanted)))


def _newest_first(query: Query) -> Query:
    return query.order_by(col(IssueRow.last_seen).desc(), col(IssueRow.id).desc())


def _whole() -> Query:
    return (
        sa.select(IssueRow, ProjectRow, VerdictRow, col(RepoRow.name), FollowedRow)
        .join(ProjectRow, _of_project())
        .outerjoin(VerdictRow, col(VerdictRow.id) == col(IssueRow.verdict_id))
        .outerjoin(RepoRow, col(RepoRow.id) == col(VerdictRow.repo_id))
        .outerjoin(FollowedRow, col(FollowedRow.issue_id) == col(IssueRow.id))
    )


def _listed(session: Session, query: Query, until: datetime) -> list[Listed]:
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
            followed=followed,
        )
        for issue, project, verdict, repo, followed in found
    ]


def _of_project() -> sa.ColumnElement[bool]:
    return col(ProjectRow.id) == col(IssueRow.project_id)


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


__all__ = [
    "ABSTAINED",
    "BARS",
    "CONFIRMED",
    "PAGE",
    "REJECTED",
    "WAITING",
    "Listed",
    "Wanted",
    "count_issues",
    "hourly_bars",
    "judgements",
    "list_issues",
    "page_of_issues",
]
