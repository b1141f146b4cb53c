"""What failure classes come to: counted by the database, however many issues they have.

No issue is read to be counted, so that a class of twenty thousand has a page as one of five has.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.classes import culprits as class_culprits
from correlator.store.classes.culprits import first_suspects
from correlator.store.tables import (
    ClassMemberRow,
    CommitRow,
    IssueRow,
    JudgementRow,
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
        wanted = wanted.join(IssueRow, col(IssueRow.id) == col(ClassMemberRow.issue_id)).where(
            col(ClassMemberRow.until).is_(None), col(IssueRow.merged_into).is_(None)
        )
        if self.classes is not None:
            wanted = wanted.where(col(ClassMemberRow.class_id).in_(self.classes))
        if self.only_project is not None:
            wanted = wanted.where(col(IssueRow.project_id) == self.only_project)
        return wanted


@dataclass(slots=True)
class Summed:
    """A class in numbers. ``kinds`` and ``services`` count its issues; ``verdict``: the newest one
    in force for any of them, 0 for none."""

    issues: int = 0
    events: int = 0
    users: int = 0
    last_seen: datetime | None = None
    kinds: Counter[str] = field(default_factory=Counter)
    services: Counter[str] = field(default_factory=Counter)
    verdict: int = 0

    def add(self, kind: str | None, service: str, row: Any) -> None:
        """Take in a row of (issues, events, users, last seen, newest verdict)."""
        self.issues += row[0]
        self.events += row[1]
        self.users += row[2]
        self.last_seen = max(self.last_seen, row[3]) if self.last_seen else row[3]
        self.verdict = max(self.verdict, row[4] or 0)
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
        sa.func.max(col(IssueRow.verdict_id)),
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


def last_word(session: Session) -> int:
    """The newest thing that anybody said of a suspect; 0 for none."""
    return int(session.scalar(sa.select(sa.func.max(col(JudgementRow.id)))) or 0)


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
    wanted = of.joined(
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
    members = sa.select(class_id, author, sa.func.count()).select_from(ClassMemberRow)
    wanted = first_suspects(of.joined(members))
    for one, name, count in session.execute(_unjudged(wanted).group_by(class_id, author)):
        found.setdefault(one, Counter())[name] += count
    judged = _judged(session, of)
    for issue, culprit in class_culprits.blamed(session, judged).items():
        name = culprit.author or Author.UNKNOWN.value
        found.setdefault(judged[issue], Counter())[name] += 1
    return found


def owners(session: Session, of: Of) -> Counter[str]:
    """Code owners of what the culprits changed, by the number of issues; where that is known."""
    shas: Counter[str] = Counter()
    sha = col(SuspectRow.sha)
    members = sa.select(sha, sa.func.count()).select_from(ClassMemberRow)
    wanted = _unjudged(first_suspects(of.joined(members)))
    for name, count in session.execute(wanted.group_by(sha)):
        shas[name] += count
    shas.update(one.sha for one in class_culprits.blamed(session, _judged(session, of)).values())
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
    said = sa.select(col(JudgementRow.id)).where(col(JudgementRow.issue_id) == col(IssueRow.id))
    return wanted.where(~said.exists())


def _judged(session: Session, of: Of) -> dict[int, int]:
    """The class of each of the other issues: as many as people looked at."""
    said = sa.select(col(JudgementRow.issue_id))
    columns: tuple[Any, ...] = col(IssueRow.id), col(ClassMemberRow.class_id)
    wanted = of.joined(sa.select(*columns).select_from(ClassMemberRow))
    rows = session.connection().execute(wanted.where(col(IssueRow.id).in_(said))).all()
    return {issue: class_id for issue, class_id in rows}
