"""Reads for the pages of failure classes: a fixed number of statements, however many issues."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.issue_list import REJECTED, judgements
from correlator.store.tables import (
    ClassEventRow,
    ClassLessonRow,
    ClassMemberRow,
    ClassModelRow,
    CommitRow,
    FailureClassRow,
    IssueRow,
    ProjectRow,
    RepoRow,
    StandingRow,
    SuspectRow,
    TallyRow,
    VerdictRow,
)
from correlator.types import Author, ClassState

WEEKS = 12
WEEK = timedelta(days=7)
CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A class with what its line shows. ``weeks``: events in each of the last ``WEEKS``, the
    running one last; ``authors``: issues by the provenance of their culprit."""

    row: FailureClassRow
    issues: int
    events: int
    users: int
    last_seen: datetime | None
    weeks: tuple[int, ...]
    kinds: Counter[str]
    services: Counter[str]
    authors: Counter[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """An issue of a class, why it is there, and its culprit."""

    issue: IssueRow
    project: ProjectRow
    member: ClassMemberRow
    culprit: CommitRow | None
    repo: str | None


def list_classes(session: Session, now: datetime, only_project: int | None) -> list[Listed]:
    """All classes that count, the largest first; only issues of one project, when given."""
    rows = session.exec(
        select(FailureClassRow).where(FailureClassRow.state == ClassState.ACTIVE)
    ).all()
    members = _members(session, only_project)
    authors = culprit_authors(session, [one for found in members.values() for one in found])
    weeks = _weeks(session, now, only_project)
    found = [
        _listed(row, members.get(row.id or 0, []), authors, weeks.get(row.id or 0, ()))
        for row in rows
    ]
    kept = [one for one in found if one.issues]
    return sorted(kept, key=lambda one: (-one.issues, one.row.id or 0))


def _listed(
    row: FailureClassRow,
    issues: Sequence[IssueRow],
    authors: Mapping[int, str],
    weeks: Sequence[int],
) -> Listed:
    return Listed(
        row=row,
        issues=len(issues),
        events=sum(one.times_seen for one in issues),
        users=sum(one.users_seen for one in issues),
        last_seen=max((one.last_seen for one in issues), default=None),
        weeks=tuple(weeks) or (0,) * WEEKS,
        kinds=Counter(one.kind for one in issues if one.kind),
        services=Counter(one.first_service for one in issues),
        authors=Counter(authors[one.id or 0] for one in issues if one.id in authors),
    )


def _members(session: Session, only_project: int | None) -> dict[int, list[IssueRow]]:
    wanted = (
        sa.select(col(ClassMemberRow.class_id), IssueRow)
        .join(IssueRow, col(IssueRow.id) == col(ClassMemberRow.issue_id))
        .where(col(ClassMemberRow.until).is_(None), col(IssueRow.merged_into).is_(None))
        .order_by(col(IssueRow.id))
    )
    if only_project is not None:
        wanted = wanted.where(col(IssueRow.project_id) == only_project)
    found: dict[int, list[IssueRow]] = {}
    for of, issue in session.execute(wanted):
        found.setdefault(of, []).append(issue)
    return found


def first_week(now: datetime) -> datetime:
    """Monday, the first of the weeks that are shown."""
    monday = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(now.weekday())
    return monday - (WEEKS - 1) * WEEK


def _weeks(
    session: Session, now: datetime, only_project: int | None, class_id: int | None = None
) -> dict[int, list[int]]:
    """Events by class in each week."""
    since = first_week(now)
    wanted = (
        sa.select(
            col(ClassMemberRow.class_id), col(TallyRow.hour), sa.func.sum(col(TallyRow.events))
        )
        .join(TallyRow, col(TallyRow.issue_id) == col(ClassMemberRow.issue_id))
        .join(IssueRow, col(IssueRow.id) == col(ClassMemberRow.issue_id))
        .where(
            col(ClassMemberRow.until).is_(None),
            col(IssueRow.merged_into).is_(None),
            col(TallyRow.hour) >= since,
        )
        .group_by(col(ClassMemberRow.class_id), col(TallyRow.hour))
    )
    if only_project is not None:
        wanted = wanted.where(col(IssueRow.project_id) == only_project)
    if class_id is not None:
        wanted = wanted.where(col(ClassMemberRow.class_id) == class_id)
    found: dict[int, list[int]] = {}
    for of, hour, events in session.execute(wanted):
        bars = found.setdefault(of, [0] * WEEKS)
        bars[min(int((hour - since) / WEEK), WEEKS - 1)] += int(events)
    return found


def weeks_of(session: Session, class_id: int, now: datetime, only_project: int | None) -> list[int]:
    """Events of one class in each week."""
    return _weeks(session, now, only_project, class_id).get(class_id, [0] * WEEKS)


def culprit_authors(session: Session, issues: Sequence[IssueRow]) -> dict[int, str]:
    """Who or what wrote the change that did it, by issue; only where a verdict names one."""
    return {
        issue: row.author if row else Author.UNKNOWN
        for issue, (_, row, _) in culprits(session, issues).items()
    }


def culprits(
    session: Session, issues: Sequence[IssueRow]
) -> dict[int, tuple[str, CommitRow | None, str | None]]:
    """(sha, commit, repository) of the change that is named and not ruled out, by issue."""
    by_verdict = {one.verdict_id: one.id or 0 for one in issues if one.verdict_id}
    found: dict[int, tuple[str, CommitRow | None, str | None]] = {}
    ids = sorted(by_verdict)
    for at in range(0, len(ids), CHUNK):
        wanted = (
            sa.select(col(VerdictRow.id), col(SuspectRow.sha), CommitRow, col(RepoRow.name))
            .join(SuspectRow, col(SuspectRow.verdict_id) == col(VerdictRow.id))
            .outerjoin(RepoRow, col(RepoRow.id) == col(VerdictRow.repo_id))
            .outerjoin(
                CommitRow,
                sa.and_(
                    col(CommitRow.repo_id) == col(VerdictRow.repo_id),
                    col(CommitRow.sha) == col(SuspectRow.sha),
                ),
            )
            .where(
                col(VerdictRow.id).in_(ids[at : at + CHUNK]), col(VerdictRow.abstained).is_(None)
            )
            .order_by(col(SuspectRow.place))
        )
        rows = session.execute(wanted).all()
        said = judgements(session, [by_verdict[row[0]] for row in rows])
        for verdict, sha, commit, repo in rows:
            issue = by_verdict[verdict]
            word = said[issue].get(sha)
            if issue not in found and (word is None or word.said != REJECTED):
                found[issue] = (sha, commit, repo)
    return found


def examples(session: Session, class_id: int, only_project: int | None) -> list[Example]:
    """The issues of a class, those with most users and events first."""
    wanted = (
        sa.select(IssueRow, ProjectRow, ClassMemberRow)
        .join(ClassMemberRow, col(ClassMemberRow.issue_id) == col(IssueRow.id))
        .join(ProjectRow, col(ProjectRow.id) == col(IssueRow.project_id))
        .where(
            col(ClassMemberRow.class_id) == class_id,
            col(ClassMemberRow.until).is_(None),
            col(IssueRow.merged_into).is_(None),
        )
        .order_by(
            col(IssueRow.users_seen).desc(), col(IssueRow.times_seen).desc(), col(IssueRow.id)
        )
    )
    if only_project is not None:
        wanted = wanted.where(col(IssueRow.project_id) == only_project)
    rows = session.execute(wanted).all()
    named = culprits(session, [row[0] for row in rows])
    return [
        Example(
            issue=issue,
            project=project,
            member=member,
            culprit=named.get(issue.id, ("", None, None))[1],
            repo=named.get(issue.id, ("", None, None))[2],
        )
        for issue, project, member in rows
    ]


def history(session: Session, class_id: int) -> list[ClassEventRow]:
    """What happened to a class, newest first."""
    wanted = select(ClassEventRow).where(
        sa.or_(col(ClassEventRow.class_id) == class_id, col(ClassEventRow.other_id) == class_id)
    )
    return list(session.exec(wanted.order_by(col(ClassEventRow.id).desc()).limit(100)))


def lessons(session: Session, class_id: int) -> list[ClassLessonRow]:
    """What people taught about a class, newest first, what was taken back among it."""
    wanted = select(ClassLessonRow).where(
        sa.or_(col(ClassLessonRow.class_id) == class_id, col(ClassLessonRow.other_id) == class_id)
    )
    return list(session.exec(wanted.order_by(col(ClassLessonRow.id).desc()).limit(100)))


def names(session: Session) -> dict[int, str]:
    """The names of all classes that count."""
    wanted = sa.select(col(FailureClassRow.id), col(FailureClassRow.name))
    rows = session.execute(wanted.where(col(FailureClassRow.state) == ClassState.ACTIVE))
    return {row[0]: row[1] for row in rows}


def class_and_member(
    session: Session, issue_id: int
) -> tuple[FailureClassRow, ClassMemberRow] | None:
    """The class of an issue and the row that says why; None where it is in none that counts."""
    wanted = (
        sa.select(FailureClassRow, ClassMemberRow)
        .join(ClassMemberRow, col(ClassMemberRow.class_id) == col(FailureClassRow.id))
        .where(
            col(ClassMemberRow.issue_id) == issue_id,
            col(ClassMemberRow.until).is_(None),
            col(FailureClassRow.state) == ClassState.ACTIVE,
        )
    )
    row = session.execute(wanted).first()
    return (row[0], row[1]) if row else None


def owners(session: Session, issues: Sequence[IssueRow]) -> Counter[str]:
    """Code owners of what the culprits changed, by the number of issues; where that is known."""
    counts = Counter(sha for sha, _, _ in culprits(session, issues).values())
    found: Counter[str] = Counter()
    ordered = sorted(counts)
    for at in range(0, len(ordered), CHUNK):
        wanted = sa.select(col(StandingRow.sha), col(StandingRow.body)).where(
            col(StandingRow.sha).in_(ordered[at : at + CHUNK])
        )
        for sha, body in session.execute(wanted):
            for name in {name for one in body.get("owned", ()) for name in one["owners"]}:
                found[name] += counts[sha]
    return found


def last_refit(session: Session) -> datetime | None:
    """When the classes were last found anew."""
    at: datetime | None = session.scalar(sa.select(sa.func.max(col(ClassModelRow.at))))
    return at
