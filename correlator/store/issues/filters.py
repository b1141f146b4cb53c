"""Which issues a list holds: what may be asked, and what that means to the database."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlmodel import col

from correlator.store.deploys.began import Began
from correlator.store.fixes.marks import is_marked
from correlator.store.tables import (
    ClassMemberRow,
    CommitRow,
    IssueRow,
    ProjectRow,
    ScoredRow,
    SuspectRow,
    TallyRow,
    VerdictRow,
)

REJECTED = "rejected"
CONFIRMED = "confirmed"
WAITING = "waiting"
# The place of a verdict's first suspect.
FIRST = 1
ABSTAINED = "abstained"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which issues to list. Empty strings ask for everything; ``page`` counts from 1."""

    project: str = ""
    environment: str = ""
    service: str = ""
    status: str = "open"
    provenance: str = ""
    fix: str = ""
    release: str = ""
    suspect: str = ""
    kind: str = ""
    failure_class: str = ""
    week: str = ""
    search: str = ""
    deploy: str = ""
    page: int = 1
    only_project: int | None = None
    # Where and when what began in the deploy did, once it was looked up.
    began: Began | None = None


def conditions(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    """All that has to hold of an issue and its project."""
    exact = {
        col(ProjectRow.slug): wanted.project,
        col(IssueRow.first_environment): wanted.environment,
        col(IssueRow.first_service): wanted.service,
        col(IssueRow.status): "" if wanted.status == "all" else wanted.status,
        col(IssueRow.first_release): wanted.release,
        col(IssueRow.kind): wanted.kind,
    }
    found: list[sa.ColumnElement[bool]] = [
        column == value for column, value in exact.items() if value
    ]
    found.append(col(IssueRow.merged_into).is_(None))
    if wanted.only_project is not None:
        found.append(col(IssueRow.project_id) == wanted.only_project)
    if wanted.suspect:
        found.append(_has_suspect(wanted.suspect))
    if wanted.provenance:
        found.append(_provenance(wanted.provenance))
    if wanted.fix:
        found.append(is_marked(wanted.fix))
    if wanted.failure_class:
        found.append(_in_class(wanted.failure_class))
    if wanted.week:
        found.append(_seen_in(wanted.week))
    if wanted.search:
        found.append(_mentions(wanted.search))
    if wanted.deploy:
        found += wanted.began.conditions() if wanted.began else [sa.false()]
    return found


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
    return _led_by(author)


def _led_by(author: str) -> sa.ColumnElement[bool]:
    """Issues for which a change of this author is named: the first suspect of the verdict in force;
    where people spoke of suspects, what their words come to."""
    # Asked once for all: to look up the commit of each suspect takes twice as long.
    by_author = sa.select(col(CommitRow.repo_id), col(CommitRow.sha)).where(
        col(CommitRow.author) == author
    )
    repo = sa.func.coalesce(col(SuspectRow.repo_id), col(VerdictRow.repo_id))
    first = (
        sa.select(col(VerdictRow.id))
        .join(SuspectRow, col(SuspectRow.verdict_id) == col(VerdictRow.id))
        .where(col(VerdictRow.abstained).is_(None), col(SuspectRow.place) == FIRST)
        .where(sa.tuple_(repo, col(SuspectRow.sha)).in_(by_author))
    )
    named = sa.tuple_(col(ScoredRow.named_repo_id), col(ScoredRow.named_sha))
    spoken_of = sa.select(col(ScoredRow.issue_id))
    return sa.or_(
        sa.and_(col(IssueRow.verdict_id).in_(first), col(IssueRow.id).not_in(spoken_of)),
        col(IssueRow.id).in_(spoken_of.where(named.in_(by_author))),
    )
