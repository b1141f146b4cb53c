"""What came of fixes in a week: what was decided, and what went out to mend something."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.tables import FixAttemptRow, FollowedRow, IssueRow, ProjectRow
from correlator.types import AttemptState, FixOutcome, FixTry, Scope, Week

AT_ONCE = 500
INFERRED = "That it was meant as a fix is inferred."
DECIDED = (AttemptState.HELD.value, AttemptState.REDUCED.value, AttemptState.CAME_BACK.value)
Line = tuple[int, str, str, int]


def is_followed(session: Session) -> bool:
    """Whether anybody followed any issue's fixes yet."""
    return session.execute(sa.select(col(FollowedRow.id)).limit(1)).first() is not None


def outcomes(session: Session, scope: Scope, week: Week) -> list[FixOutcome]:
    """Fix attempts on which was decided in the week, in order, each with all of its episode."""
    rows = session.execute(
        _attempts(scope).where(
            col(FixAttemptRow.state).in_(DECIDED),
            col(FixAttemptRow.decided_at) >= week.since,
            col(FixAttemptRow.decided_at) < week.until,
        )
    ).all()
    episodes = _episodes(session, scope, [row[1].id for row in rows])
    found = [
        FixOutcome(
            issue_id=issue.id,
            short=f"{slug.upper()}-{issue.number}",
            title=_title(issue),
            state=attempt.state,
            because=attempt.because if attempt.confirmed else f"{attempt.because} {INFERRED}",
            at=attempt.decided_at,
            tries=tuple(one for place, one in episodes[_line(attempt)] if place <= attempt.place),
        )
        for attempt, issue, slug in rows
    ]
    return sorted(found, key=lambda one: (one.at, one.issue_id))


def tried(session: Session, scope: Scope, week: Week) -> list[FixTry]:
    """Roll-outs of the week that carried a fix, by issue, in order."""
    rows = session.execute(
        _attempts(scope).where(
            col(FixAttemptRow.at) >= week.since, col(FixAttemptRow.at) < week.until
        )
    )
    found = [_try(attempt, issue, slug) for attempt, issue, slug in rows]
    return sorted(found, key=lambda one: (one.at, one.issue_id))


def mended(session: Session, ids: Sequence[int]) -> set[int]:
    """Which of these issues, at most some hundreds, have a fix that held."""
    wanted = sa.select(col(FollowedRow.issue_id)).where(
        col(FollowedRow.issue_id).in_(ids),
        col(FollowedRow.state) == AttemptState.HELD.value,
        col(FollowedRow.is_open).is_(False),
    )
    return set(session.scalars(wanted))


def _attempts(scope: Scope) -> Any:
    wanted = (
        sa.select(FixAttemptRow, IssueRow, col(ProjectRow.slug))
        .join(IssueRow, col(IssueRow.id) == col(FixAttemptRow.issue_id))
        .join(ProjectRow, col(ProjectRow.id) == col(IssueRow.project_id))
        .where(
            col(FixAttemptRow.environment) == scope.environment,
            col(IssueRow.merged_into).is_(None),
        )
    )
    if scope.services:
        wanted = wanted.where(col(FixAttemptRow.service).in_(scope.services))
    if scope.project_id is not None:
        wanted = wanted.where(col(IssueRow.project_id) == scope.project_id)
    return wanted


def _episodes(
    session: Session, scope: Scope, issues: Sequence[int]
) -> defaultdict[Line, list[tuple[int, FixTry]]]:
    """All attempts of these issues by episode, in order."""
    found: defaultdict[Line, list[tuple[int, FixTry]]] = defaultdict(list)
    ids = sorted(set(issues))
    for at in range(0, len(ids), AT_ONCE):
        some = _attempts(scope).where(col(FixAttemptRow.issue_id).in_(ids[at : at + AT_ONCE]))
        for attempt, issue, slug in session.execute(some.order_by(col(FixAttemptRow.place))):
            found[_line(attempt)].append((attempt.place, _try(attempt, issue, slug)))
    return found


def _line(row: FixAttemptRow) -> Line:
    return row.issue_id, row.environment, row.service, row.episode


def _try(row: FixAttemptRow, issue: IssueRow, slug: str) -> FixTry:
    return FixTry(
        issue_id=issue.id or 0,
        short=f"{slug.upper()}-{issue.number}",
        release=row.release,
        state=row.state,
        at=row.at,
        # Of a release that was only seen to be out there is no deploy to show.
        path=f"/deploys/{row.deploy_id}" if row.deploy_id else f"/issues/{issue.id}#held",
        is_roll_back=row.is_roll_back,
    )


def _title(issue: IssueRow) -> str:
    return f"{issue.type}: {issue.value}"[:160] if issue.value else issue.type
