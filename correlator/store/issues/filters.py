"""Which issues a list holds: what may be asked, and what that means to the database."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col

from correlator.store.deploys.began import Began
from correlator.store.fixes.marks import is_marked
from correlator.store.tables import (
    ClassMemberRow,
    CommitRow,
    IssueRow,
    JudgementRow,
    ProjectRow,
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
    return col(IssueRow.verdict_id).in_(_verdicts_led_by(author))


def _verdicts_led_by(author: str) -> sa.CompoundSelect[int | None]:
    """Verdicts whose leading suspect (nobody ruled it out, none before it stands) has this author.

    Nearly all are led by their first suspect. Only where somebody ruled one out are the others
    looked at: one condition for both would look at every suspect of every verdict."""
    ahead = aliased(SuspectRow)
    said = sa.select(col(JudgementRow.issue_id)).where(col(JudgementRow.said) == REJECTED)
    earlier = sa.select(sa.literal(1)).where(
        col(ahead.verdict_id) == col(SuspectRow.verdict_id),
        col(ahead.place) < col(SuspectRow.place),
        ~_ruled_out(ahead),
    )
    first = _suspected(author).where(col(SuspectRow.place) == FIRST)
    later = _suspected(author).where(
        col(SuspectRow.place) > FIRST, col(VerdictRow.issue_id).in_(said), ~sa.exists(earlier)
    )
    return sa.union_all(first, later)


def _suspected(author: str) -> sa.Select[*tuple[Any, ...]]:
    """Verdicts with a suspect of this author that nobody ruled out."""
    repo = sa.func.coalesce(col(SuspectRow.repo_id), col(VerdictRow.repo_id))
    # Asked once for all: to look up the commit of each suspect takes twice as long.
    by_author = sa.select(col(CommitRow.repo_id), col(CommitRow.sha)).where(
        col(CommitRow.author) == author
    )
    return (
        sa.select(col(VerdictRow.id))
        .join(SuspectRow, col(SuspectRow.verdict_id) == col(VerdictRow.id))
        .where(col(VerdictRow.abstained).is_(None))
        .where(sa.tuple_(repo, col(SuspectRow.sha)).in_(by_author))
        .where(~_ruled_out(SuspectRow))
    )


def _ruled_out(suspect: type[SuspectRow]) -> sa.ColumnElement[bool]:
    """The newest thing that somebody said about the suspect is that it is not the culprit."""
    said, later = aliased(JudgementRow), aliased(JudgementRow)
    newer = sa.select(sa.literal(1)).where(
        col(later.issue_id) == col(said.issue_id),
        col(later.sha) == col(said.sha),
        col(later.id) > col(said.id),
    )
    newest = sa.select(sa.literal(1)).where(
        col(said.issue_id) == col(VerdictRow.issue_id),
        col(said.sha) == col(suspect.sha),
        col(said.said) == REJECTED,
        ~sa.exists(newer),
    )
    # Named, since two levels down it would not be seen that these are of the statement around.
    return sa.exists(newest.correlate(VerdictRow, suspect))
