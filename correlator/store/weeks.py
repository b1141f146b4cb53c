"""What a week was, read from the rows: the issues of a scope, with the weeks before.

Counts come from tallies, which outlive the events; users are those of the events that are kept.
A tally's hour belongs to the week that it begins in. Deploys and commits are in
``store.week_records``, what people decided in ``store.week_decisions``.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store import week_decisions, week_fixes, week_records
from correlator.store.tables import EventRow, IssueRow, ProjectRow, TallyRow, VerdictRow
from correlator.store.week_sorts import sorts_of
from correlator.store.week_suspects import suspects_of
from correlator.types import Scope, Sort, Week, WeekFacts, WeekIssue

AT_ONCE = 500


@dataclass(slots=True)
class _Count:
    """What one issue did: events by week (the last is the week itself), bursts, services."""

    events: list[int]
    bursts: dict[tuple[int, datetime], int] = field(default_factory=dict)
    services: Counter[str] = field(default_factory=Counter)

    def bursts_in(self, weeks: Iterable[int]) -> int:
        """Five minutes with an event in these weeks, whichever releases had it."""
        wanted = set(weeks)
        return sum(bits.bit_count() for (week, _), bits in self.bursts.items() if week in wanted)


def week_facts(session: Session, scope: Scope, weeks: Sequence[Week]) -> WeekFacts:
    """All that a report is written from. ``weeks``: oldest first, the last is the report's."""
    week = weeks[-1]
    counts = _counts(session, scope, weeks)
    issues = _issues(session, scope, weeks, counts)
    first = _first_hour(session, scope)
    since = max(first, weeks[0].since) if first else week.since
    return WeekFacts(
        week=week,
        scope=scope,
        weeks_before=len(weeks) - 1,
        hours_before=max(0.0, (week.since - since).total_seconds() / 3600),
        issues=tuple(issues),
        caught=tuple(_caught(session, scope, week)),
        deploys=tuple(week_records.deploys(session, scope, week, issues)),
        fixes=tuple(week_fixes.outcomes(session, scope, week))
        if week_fixes.is_followed(session)
        else None,
        tried=tuple(week_fixes.tried(session, scope, week)),
        decisions=tuple(week_decisions.decisions(session, scope, week)),
        commits=week_records.commits(session, scope, week),
    )


def in_scope(scope: Scope) -> list[sa.ColumnElement[bool]]:
    """Conditions on tallies, joined with their issues."""
    conditions = [
        col(TallyRow.environment) == scope.environment,
        col(IssueRow.merged_into).is_(None),
    ]
    if scope.services:
        conditions.append(col(TallyRow.service).in_(scope.services))
    if scope.project_id is not None:
        conditions.append(col(IssueRow.project_id) == scope.project_id)
    return conditions


def _of_issue() -> sa.ColumnElement[bool]:
    return col(IssueRow.id) == col(TallyRow.issue_id)


def _first_hour(session: Session, scope: Scope) -> datetime | None:
    """When the first event of the scope came: what was before was not watched."""
    first = sa.select(sa.func.min(col(TallyRow.hour))).join(IssueRow, _of_issue())
    found: datetime | None = session.execute(first.where(*in_scope(scope))).scalar()
    return found


def _counts(session: Session, scope: Scope, weeks: Sequence[Week]) -> dict[int, _Count]:
    rows = session.execute(
        sa.select(
            col(TallyRow.issue_id),
            col(TallyRow.hour),
            col(TallyRow.service),
            col(TallyRow.events),
            col(TallyRow.windows),
        )
        .join(IssueRow, _of_issue())
        .where(*in_scope(scope))
        .where(col(TallyRow.hour) >= weeks[0].since, col(TallyRow.hour) < weeks[-1].until)
    )
    counts: defaultdict[int, _Count] = defaultdict(lambda: _Count([0] * len(weeks)))
    for issue_id, hour, service, events, windows in rows:
        place = sum(hour >= week.since for week in weeks) - 1
        one = counts[issue_id]
        one.events[place] += events
        key = (place, hour)
        # Rows from before bursts were told apart have no bits: an hour of them is one burst.
        one.bursts[key] = one.bursts.get(key, 0) | (windows or 1)
        one.services[service] += events if place == len(weeks) - 1 else 0
    return dict(counts)


def _issues(
    session: Session, scope: Scope, weeks: Sequence[Week], counts: dict[int, _Count]
) -> list[WeekIssue]:
    """Every issue with events in any of the weeks, most events of the week first."""
    ids = sorted(counts)
    began = _began(session, scope, ids)
    users = [_users(session, scope, one, ids) for one in weeks]
    found = []
    for at in range(0, len(ids), AT_ONCE):
        rows = _rows(session, ids[at : at + AT_ONCE])
        # Of issues that were silent this week nobody asks who may have caused them.
        active = [issue for issue, _, _ in rows if counts[issue.id or 0].events[-1]]
        suspects = suspects_of(session, active)
        sorts = sorts_of(session, [issue for issue, _, _ in rows])
        mended = week_fixes.mended(session, [issue.id or 0 for issue, _, _ in rows])
        for issue, slug, silence in rows:
            own = issue.id or 0
            found.append(
                _told(
                    issue,
                    slug,
                    sorts[own],
                    began=began[own],
                    users=users[-1].get(own, 0),
                    users_before=tuple(one.get(own, 0) for one in users[:-1]),
                    suspects=tuple(suspects.get(own, ())),
                    silence=silence or "",
                    mended=own in mended,
                    **_numbers(counts[own], issue),
                )
            )
    return sorted(found, key=lambda one: (-one.events, one.id))


def _numbers(count: _Count, issue: IssueRow) -> dict[str, object]:
    last = len(count.events) - 1
    busiest = count.services.most_common(1)
    return {
        "service": busiest[0][0] if busiest else issue.first_service,
        "events": count.events[last],
        "bursts": count.bursts_in([last]),
        "before": tuple(count.events[:last]),
        "bursts_before": count.bursts_in(range(last)),
    }


def _rows(session: Session, ids: Sequence[int]) -> list[tuple[IssueRow, str, str | None]]:
    wanted = (
        sa.select(IssueRow, col(ProjectRow.slug), col(VerdictRow.abstained))
        .join(ProjectRow, col(ProjectRow.id) == col(IssueRow.project_id))
        .outerjoin(VerdictRow, col(VerdictRow.id) == col(IssueRow.verdict_id))
        .where(col(IssueRow.id).in_(ids))
    )
    return [(row[0], row[1], row[2]) for row in session.execute(wanted)]


def _told(issue: IssueRow, slug: str, sort: Sort, **more: object) -> WeekIssue:
    fields: dict[str, object] = {
        "id": issue.id or 0,
        "short": f"{slug.upper()}-{issue.number}",
        "title": f"{issue.type}: {issue.value}"[:160] if issue.value else issue.type,
        "service": issue.first_service,
        "status": issue.status,
        "platform": issue.platform,
        "sort": sort,
        "events": 0,
        "bursts": 0,
        "users": 0,
    }
    return WeekIssue(**{**fields, **more})  # type: ignore[arg-type]


def _began(session: Session, scope: Scope, ids: Sequence[int]) -> dict[int, datetime]:
    began: dict[int, datetime] = {}
    for at in range(0, len(ids), AT_ONCE):
        first = (
            sa.select(col(TallyRow.issue_id), sa.func.min(col(TallyRow.hour)))
            .join(IssueRow, _of_issue())
            .where(*in_scope(scope), col(TallyRow.issue_id).in_(ids[at : at + AT_ONCE]))
            .group_by(col(TallyRow.issue_id))
        )
        began |= {row[0]: row[1] for row in session.execute(first)}
    return began


def _users(session: Session, scope: Scope, week: Week, ids: Sequence[int]) -> dict[int, int]:
    """Users by issue whom the week's events named, as far as the events are kept."""
    users: dict[int, int] = {}
    for at in range(0, len(ids), AT_ONCE):
        hit = (
            sa.select(col(EventRow.issue_id), sa.func.count(sa.distinct(col(EventRow.user))))
            .where(
                col(EventRow.issue_id).in_(ids[at : at + AT_ONCE]),
                col(EventRow.environment) == scope.environment,
                col(EventRow.at) >= week.since,
                col(EventRow.at) < week.until,
            )
            .group_by(col(EventRow.issue_id))
        )
        if scope.services:
            hit = hit.where(col(EventRow.service).in_(scope.services))
        users |= {row[0]: int(row[1]) for row in session.execute(hit)}
    return users


def _caught(session: Session, scope: Scope, week: Week) -> list[WeekIssue]:
    """Issues that began in another environment in the week and were never seen in this one."""
    came = sa.select(col(TallyRow.issue_id)).where(col(TallyRow.environment) == scope.environment)
    wanted = (
        select(IssueRow, ProjectRow)
        .join(ProjectRow, col(ProjectRow.id) == col(IssueRow.project_id))
        .where(
            IssueRow.first_environment != scope.environment,
            IssueRow.first_seen >= week.since,
            IssueRow.first_seen < week.until,
            col(IssueRow.merged_into).is_(None),
            col(IssueRow.id).not_in(came),
        )
        .order_by(col(IssueRow.times_seen).desc(), col(IssueRow.id))
    )
    if scope.services:
        wanted = wanted.where(col(IssueRow.first_service).in_(scope.services))
    if scope.project_id is not None:
        wanted = wanted.where(IssueRow.project_id == scope.project_id)
    rows = session.exec(wanted).all()
    sorts: dict[int, Sort] = {}
    for at in range(0, len(rows), AT_ONCE):
        sorts |= sorts_of(session, [issue for issue, _ in rows[at : at + AT_ONCE]])
    return [
        _told(
            issue, project.slug, sorts[issue.id or 0], began=issue.first_seen,
            events=issue.times_seen,
        )
        for issue, project in rows
    ]  # fmt: skip
