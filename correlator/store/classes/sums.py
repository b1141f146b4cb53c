"""What failure classes come to: counted by the database, however many issues they have.

No issue is read to be counted, so that a class of twenty thousand has a page as one of five has.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.classes.culprits import first_suspects
from correlator.store.tables import (
    ClassMemberRow,
    CommitRow,
    IssueRow,
    JudgementRow,
    ScoredRow,
    StandingRow,
    SuspectRow,
    TallyRow,
)
from correlator.types import Author

WEEKS = 12
WEEK = timedelta(days=7)
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Of:
    """Which members are counted: of these classes (None: of all), of one project, when given."""

    classes: tuple[int, ...] | None = None
    only_project: int | None = None

    def joined(self, wanted: Any) -> Any:
        """A statement over members, joined with their issues and bounded to these."""
        wanted = wanted.join(IssueRow, col(IssueRow.id) == col(ClassMemberRow.issue_id))
        wanted = self._members(wanted).where(col(IssueRow.merged_into).is_(None))
        if self.only_project is not None:
            wanted = wanted.where(col(IssueRow.project_id) == self.only_project)
        return wanted

    def bounded(self, wanted: Any) -> Any:
        """The same for a statement that needs no column of the issues."""
        if self.only_project is not None:
            return self.joined(wanted)
        merged = sa.select(col(IssueRow.id)).where(col(IssueRow.merged_into).is_not(None))
        return self._members(wanted).where(col(ClassMemberRow.issue_id).not_in(merged))

    def _members(self, wanted: Any) -> Any:
        wanted = wanted.where(col(ClassMemberRow.until).is_(None))
        if self.classes is not None:
            wanted = wanted.where(col(ClassMemberRow.class_id).in_(self.classes))
        return wanted


@dataclass(slots=True)
class Summed:
    """A class in numbers. ``kinds`` and ``services`` count its issues."""

    issues: int = 0
    events: int = 0
    users: int = 0
    last_seen: datetime | None = None
    kinds: Counter[str] = field(default_factory=Counter)
    services: Counter[str] = field(default_factory=Counter)

    def add(self, kind: str | None, service: str, row: Any) -> None:
        """Take in a row of (issues, events, users, last seen)."""
        self.issues += row[0]
        self.events += row[1]
        self.users += row[2]
        self.last_seen = max(self.last_seen, row[3]) if self.last_seen else row[3]
        self.services[service] += row[0]
        if kind:
            self.kinds[kind] += row[0]


def summed(session: Session, of: Of) -> dict[int, Summed]:
    """Each class's numbers, in one statement."""
    by = (col(ClassMemberRow.class_id), col(IssueRow.kind), col(IssueRow.first_service))
    numbers = (
        sa.func.count(col(IssueRow.id)),
        sa.func.sum(col(IssueRow.times_seen)),
        sa.func.sum(col(IssueRow.users_seen)),
        sa.func.max(col(IssueRow.last_seen)),
    )
    wanted = of.joined(sa.select(*by, *numbers).select_from(ClassMemberRow)).group_by(*by)
    found: dict[int, Summed] = {}
    for class_id, kind, service, *row in session.execute(wanted):
        found.setdefault(class_id, Summed()).add(kind, service, row)
    return found


def counted(session: Session, of: Of, column: Any) -> Counter[str]:
    """Issues by a column of theirs; empty values are left away."""
    wanted = of.joined(sa.select(column, sa.func.count()).select_from(ClassMemberRow))
    rows = session.execute(wanted.group_by(column))
    return Counter({name: count for name, count in rows if name})


def first_week(now: datetime) -> datetime:
    """Monday, the first of the weeks that are shown."""
    monday = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(now.weekday())
    return monday - (WEEKS - 1) * WEEK


def weeks(session: Session, of: Of, now: datetime) -> dict[int, list[int]]:
    """Events by class in each of the weeks, the running one last."""
    since = first_week(now)
    later: list[tuple[Any, Any]] = [
        (col(TallyRow.hour) >= since + place * WEEK, sa.literal_column(str(place)))
        for place in range(WEEKS - 1, 0, -1)
    ]
    place = sa.case(*later, else_=sa.literal_column("0")).label("place")
    wanted = of.bounded(
        sa.select(col(ClassMemberRow.class_id), place, sa.func.sum(col(TallyRow.events)))
        .select_from(ClassMemberRow)
        .join(TallyRow, col(TallyRow.issue_id) == col(ClassMemberRow.issue_id))
    )
    rows = session.execute(
        wanted.where(col(TallyRow.hour) >= since).group_by(col(ClassMemberRow.class_id), place)
    )
    found: dict[int, list[int]] = {}
    for class_id, at, events in rows:
        found.setdefault(class_id, [0] * WEEKS)[int(at)] = int(events)
    return found


def authors(session: Session, of: Of) -> dict[int, Counter[str]]:
    """Issues by class and by the provenance of the change that is named for them."""
    found: dict[int, Counter[str]] = {}
    author = sa.func.coalesce(col(CommitRow.author), Author.UNKNOWN.value).label("author")
    class_id = col(ClassMemberRow.class_id)
    members = of.joined(sa.select(class_id, author, sa.func.count()).select_from(ClassMemberRow))
    for wanted in (_unjudged(first_suspects(members)), _judged(members)):
        for one, name, count in session.execute(wanted.group_by(class_id, author)):
            found.setdefault(one, Counter())[name] += count
    return found


def owners(session: Session, of: Of) -> Counter[str]:
    """Code owners of what the culprits changed, by the number of issues; where that is known."""
    shas: Counter[str] = Counter()
    for sha, narrow in (
        (col(SuspectRow.sha), lambda wanted: _unjudged(first_suspects(wanted))),
        (col(ScoredRow.named_sha), _judged),
    ):
        members = of.joined(sa.select(sha, sa.func.count()).select_from(ClassMemberRow))
        for name, count in session.execute(narrow(members).group_by(sha)):
            shas[name] += count
    return _owners_of(session, shas)


def _owners_of(session: Session, shas: Counter[str]) -> Counter[str]:
    found: Counter[str] = Counter()
    ordered = sorted(shas)
    for at in range(0, len(ordered), CHUNK):
        wanted = sa.select(col(StandingRow.sha), col(StandingRow.body)).where(
            col(StandingRow.sha).in_(ordered[at : at + CHUNK])
        )
        for sha, body in session.execute(wanted):
            for name in {name for one in body.get("owned", ()) for name in one["owners"]}:
                found[name] += shas[sha]
    return found


def _unjudged(wanted: Any) -> Any:
    """Only issues of whose suspects nobody said anything: for these the first one stands."""
    return wanted.where(~_is_judged())


def _judged(wanted: Any) -> Any:
    """Only the other issues, where a change is named, joined with its commit."""
    commit = sa.and_(
        col(CommitRow.repo_id) == col(ScoredRow.named_repo_id),
        col(CommitRow.sha) == col(ScoredRow.named_sha),
    )
    return (
        wanted.join(ScoredRow, col(ScoredRow.issue_id) == col(IssueRow.id))
        .outerjoin(CommitRow, commit)
        .where(col(ScoredRow.named_sha).is_not(None), _is_judged())
    )


def _is_judged() -> sa.ColumnElement[bool]:
    said = sa.select(col(JudgementRow.id)).where(col(JudgementRow.issue_id) == col(IssueRow.id))
    return sa.exists(said)
