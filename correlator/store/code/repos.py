"""Repositories as rows: which there are, whose code they hold, and when they are due for a fetch.

``leased_until`` is both a fetcher's claim and, after a failure, the time before which nobody tries
again: either way it is somebody's word that nothing is to be done until then.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col, select

from correlator.errors import Permanent
from correlator.store.tables import (
    ArrivalRow,
    BlameRow,
    CommitRow,
    FixRow,
    ForgeRow,
    InsideRow,
    IssueRow,
    LabelRow,
    ProjectRepoRow,
    ProjectRow,
    ReleaseRow,
    RepoRow,
    RollOutRow,
    RulingRow,
    ScoredRow,
    StandingRow,
    SurveyedLabelRow,
    SurveyedRow,
    SurveyRow,
    SurvivingRow,
    SuspectRow,
    VerdictRow,
)
from correlator.types import Abstention

NAME = re.compile(r"\A[A-Za-z0-9_][A-Za-z0-9._/-]{0,199}\Z")

# Silences that another look at a repository may end.
WAITED_FOR_CODE = (
    Abstention.NO_REPOSITORY,
    Abstention.NO_REVISION,
    Abstention.REVISION_NOT_IN_REPOSITORY,
    Abstention.REPOSITORY_UNAVAILABLE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What a fetch came to, as it is recorded. ``problem`` None: all is well."""

    state: str
    default_branch: str | None
    problem: str | None


def add_repo(
    session: Session, name: str, url: str, credential: str | None, now: datetime
) -> RepoRow:
    """A new repository. Permanent if the name is taken or odd; the address is checked before."""
    if not NAME.match(name):
        raise Permanent(
            "A repository's name is letters, digits, '.', '_', '-' and '/', at most 200 of them."
        )
    if find_repo(session, name) is not None:
        raise Permanent(
            f"There is a repository {name!r} already. To give it another address or credential,"
            f" remove it first: correlator repo remove {name}"
        )
    row = RepoRow(name=name, url=url, credential=credential, created_at=now)
    session.add(row)
    session.flush()
    return row


def find_repo(session: Session, name: str) -> RepoRow | None:
    """The repository of that name."""
    return session.exec(select(RepoRow).where(RepoRow.name == name)).first()


def the_repo(session: Session, name: str) -> RepoRow:
    """The repository of that name; Permanent says which there are."""
    if row := find_repo(session, name):
        return row
    names = session.exec(select(RepoRow.name).order_by(col(RepoRow.name)).limit(20)).all()
    there = ", ".join(names) or "none yet: correlator repo add NAME URL-or-path"
    raise Permanent(f"There is no repository {name!r}. Repositories: {there}.")


def all_repos(session: Session) -> list[tuple[RepoRow, list[str]]]:
    """Every repository by name, with the slugs of the projects whose code it holds."""
    links = session.exec(
        select(ProjectRepoRow.repo_id, ProjectRow.slug)
        .join(ProjectRow, col(ProjectRow.id) == col(ProjectRepoRow.project_id))
        .order_by(col(ProjectRow.slug))
    ).all()
    rows = session.exec(select(RepoRow).order_by(col(RepoRow.name)))
    return [(row, [slug for repo_id, slug in links if repo_id == row.id]) for row in rows]


def of_project(session: Session, project_id: int) -> list[tuple[RepoRow, ProjectRepoRow]]:
    """The repositories that hold a project's code, in the order they were linked."""
    found = session.exec(
        select(RepoRow, ProjectRepoRow)
        .join(ProjectRepoRow, col(ProjectRepoRow.repo_id) == col(RepoRow.id))
        .where(ProjectRepoRow.project_id == project_id)
        .order_by(col(ProjectRepoRow.id))
    )
    return [(repo, link) for repo, link in found]


def link_repo(
    session: Session, project_id: int, repo_id: int, stack_root: str = "", source_root: str = ""
) -> ProjectRepoRow:
    """Say that a project's code lies in the repository; again to change the roots.

    Frames map by replacing ``stack_root`` at the start of a path by ``source_root``.
    """
    row = session.exec(
        select(ProjectRepoRow).where(
            ProjectRepoRow.project_id == project_id, ProjectRepoRow.repo_id == repo_id
        )
    ).first() or ProjectRepoRow(project_id=project_id, repo_id=repo_id)
    row.stack_root, row.source_root = stack_root, source_root
    session.add(row)
    session.flush()
    return row


def remove_repo(session: Session, repo_id: int) -> None:
    """Remove a repository and what was read from it; verdicts stay, as what was said. What its
    history said of verdicts goes, so that their outcomes have to be told anew."""
    spoken = sa.select(col(LabelRow.issue_id)).where(col(LabelRow.repo_id) == repo_id)
    session.execute(sa.delete(ScoredRow).where(col(ScoredRow.issue_id).in_(spoken)))
    for table in (RulingRow, SurveyedLabelRow, SurveyedRow, SurvivingRow, SurveyRow, LabelRow,
                  ProjectRepoRow, BlameRow, CommitRow, StandingRow, ForgeRow, InsideRow,
                  ArrivalRow):  # fmt: skip
        session.execute(sa.delete(table).where(col(table.repo_id) == repo_id))
    for keeps in (FixRow, ReleaseRow, RollOutRow, SuspectRow, VerdictRow):
        session.execute(sa.update(keeps).where(col(keeps.repo_id) == repo_id).values(repo_id=None))
    session.execute(sa.delete(RepoRow).where(col(RepoRow.id) == repo_id))


def lease_due(
    session: Session, ids: Sequence[int], now: datetime, stale: datetime, seconds: float
) -> RepoRow | None:
    """Claim, for ``seconds``, the repository that has waited longest, and that nobody holds.

    ``ids`` empty means any. ``stale``: one fetched since then is not due.
    """
    todo = select(RepoRow).where(*_due(now, stale))
    if ids:
        todo = todo.where(col(RepoRow.id).in_(ids))
    oldest = todo.order_by(col(RepoRow.fetched_at).asc().nulls_first(), col(RepoRow.id)).limit(1)
    row = session.exec(oldest.with_for_update(skip_locked=True)).first()
    return _leased(session, row, now + timedelta(seconds=seconds))


def lease_now(session: Session, repo_id: int, now: datetime, seconds: float) -> RepoRow | None:
    """Claim a repository whoever holds it and whenever it is due: a person asks for it."""
    row = session.get(RepoRow, repo_id, with_for_update=True)
    return _leased(session, row, now + timedelta(seconds=seconds))


def any_due(session: Session, now: datetime, interval: float) -> bool:
    """Whether a repository is due for a fetch and in nobody's hands. ``interval`` in seconds."""
    stale = now - timedelta(seconds=interval)
    return session.exec(select(RepoRow.id).where(*_due(now, stale)).limit(1)).first() is not None


def record_fetch(session: Session, repo_id: int, fetched: Fetched, now: datetime) -> None:
    """Record a fetch that went well, and let go of the claim."""
    row = session.get(RepoRow, repo_id, with_for_update=True, populate_existing=True)
    if row is None:
        return
    row.state, row.problem = fetched.state, fetched.problem
    row.default_branch = fetched.default_branch or row.default_branch
    row.fetched_at, row.leased_until = now, None
    session.add(row)


def record_failure(session: Session, repo_id: int, fetched: Fetched, again_at: datetime) -> None:
    """Record a fetch that failed; nobody tries again before ``again_at``."""
    row = session.get(RepoRow, repo_id, with_for_update=True, populate_existing=True)
    if row is None:
        return
    row.state, row.problem, row.leased_until = fetched.state, fetched.problem, again_at
    session.add(row)


def wake_waiting(session: Session, repo_id: int) -> int:
    """Give issues that were silent for want of code another look. Returns how many.

    Those are issues of the repository's projects whose verdict in force abstained for one of
    ``WAITED_FOR_CODE``.
    """
    projects = select(ProjectRepoRow.project_id).where(ProjectRepoRow.repo_id == repo_id)
    silent = select(VerdictRow.id).where(
        col(VerdictRow.id) == col(IssueRow.verdict_id),
        col(VerdictRow.abstained).in_(WAITED_FOR_CODE),
    )
    woken = session.execute(
        sa.update(IssueRow)
        .where(
            col(IssueRow.project_id).in_(projects),
            col(IssueRow.wants_verdict).is_(False),
            sa.exists(silent),
        )
        .values(wants_verdict=True)
        .execution_options(synchronize_session=False)
    )
    return int(getattr(woken, "rowcount", 0))


def _due(now: datetime, stale: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (
        sa.or_(col(RepoRow.leased_until).is_(None), col(RepoRow.leased_until) < now),
        sa.or_(col(RepoRow.fetched_at).is_(None), col(RepoRow.fetched_at) < stale),
    )


def _leased(session: Session, row: RepoRow | None, until: datetime) -> RepoRow | None:
    if row is not None:
        row.leased_until = until
        session.add(row)
        session.flush()
    return row
