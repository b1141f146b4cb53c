"""What a week was, read from the rows: the issues of a scope, with the weeks before.

Counts come from tallies, which outlive the events; users are those of the events that are kept.
A tally's hour belongs to the week that it begins in. Deploys and commits are in
``store.weeks.records``, what people decided in ``store.weeks.decisions``.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.tables import IssueRow, ProjectRow, TallyRow, VerdictRow
from correlator.store.weeks import decisions as week_decisions
from correlator.store.weeks import fixes as week_fixes
from correlator.store.weeks import records as week_records
from correlator.store.weeks.counts import (
    AT_ONCE,
    Count,
    began_at,
    counts,
    first_hour,
    users_by_week,
)
from correlator.store.weeks.sorts import sorts_of
from correlator.store.weeks.suspects import suspects_of
from correlator.types import Scope, Sort, Week, WeekFacts, WeekIssue


def week_facts(session: Session, scope: Scope, weeks: Sequence[Week]) -> WeekFacts:
    """All that a report is written from. ``weeks``: oldest first, the last is the report's."""
    week = weeks[-1]
    issues = _issues(session, scope, weeks, counts(session, scope, weeks))
    first = first_hour(session, scope)
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


def _issues(
    session: Session, scope: Scope, weeks: Sequence[Week], counted: dict[int, Count]
) -> list[WeekIssue]:
    """Every issue with events in any of the weeks, most events of the week first."""
    ids = sorted(counted)
    began = began_at(session, scope, ids)
    users = users_by_week(session, scope, weeks, ids)
    found = []
    for at in range(0, len(ids), AT_ONCE):
        rows = _rows(session, ids[at : at + AT_ONCE])
        # Of issues that were silent this week nobody asks who may have caused them.
        active = [issue for issue, _, _ in rows if counted[issue.id or 0].events[-1]]
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
                    users=users[own][-1],
                    users_before=tuple(users[own][:-1]),
                    suspects=tuple(suspects.get(own, ())),
                    silence=silence or "",
                    mended=own in mended,
                    **_numbers(counted[own], issue),
                )
            )
    return sorted(found, key=lambda one: (-one.events, one.id))


def _numbers(count: Count, issue: IssueRow) -> dict[str, object]:
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
