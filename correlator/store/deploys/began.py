"""Issues that began in a deploy: first seen in its release, there, until it went out again.

A release that goes out a second time (after its canary, or by a roll-back) did not bring what had
begun in it before. The same conditions make the number and the list that it leads to.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.deploys.history import SKEW
from correlator.store.tables import DeployRow, IssueRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Began:
    """Where and when what began in a deploy began. ``service``: None where the project deploys
    only one: then whatever its events call themselves is it."""

    project_id: int
    release: str
    environment: str
    service: str | None
    since: datetime
    until: datetime | None

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """What has to hold of an issue."""
        found = [
            col(IssueRow.project_id) == self.project_id,
            col(IssueRow.first_release) == self.release,
            col(IssueRow.first_environment) == self.environment,
            col(IssueRow.first_seen) >= self.since,
            col(IssueRow.merged_into).is_(None),
        ]
        if self.service is not None:
            found.append(col(IssueRow.first_service) == self.service)
        return found if self.until is None else [*found, col(IssueRow.first_seen) < self.until]

    def holds(self, issue: Any) -> bool:
        """The same of a row with these columns."""
        return (
            (issue.project_id, issue.first_release, issue.first_environment)
            == (self.project_id, self.release, self.environment)
            and self.service in (None, issue.first_service)
            and self.since <= issue.first_seen
            and (self.until is None or issue.first_seen < self.until)
        )


def began_in(session: Session, deploys: Collection[DeployRow]) -> dict[int, Began]:
    """Where and when, by deploy: two statements for all."""
    projects = {row.project_id for row in deploys}
    several = _with_several(session, projects)
    again = _times(session, deploys)
    found = {}
    for row in deploys:
        later = [at for at in again.get(_line(row), ()) if at > row.at]
        found[row.id or 0] = Began(
            project_id=row.project_id,
            release=row.release,
            environment=row.environment,
            service=row.service if row.project_id in several else None,
            since=row.at - SKEW,
            until=min(later) - SKEW if later else None,
        )
    return found


def began_in_one(session: Session, number: str) -> Began | None:
    """The same of the deploy of that number; None if there is no such."""
    row = session.get(DeployRow, int(number)) if number.isdecimal() and len(number) < 15 else None
    return began_in(session, [row])[row.id or 0] if row is not None else None


def counts(session: Session, deploys: Collection[DeployRow]) -> dict[int, int]:
    """How many began in each: one more statement, whatever their number."""
    spans = began_in(session, deploys)
    columns = (
        col(IssueRow.project_id),
        col(IssueRow.first_release),
        col(IssueRow.first_environment),
        col(IssueRow.first_service),
        col(IssueRow.first_seen),
    )
    wanted = sa.select(*columns).where(
        col(IssueRow.project_id).in_({one.project_id for one in spans.values()}),
        col(IssueRow.first_release).in_({one.release for one in spans.values()}),
        col(IssueRow.merged_into).is_(None),
    )
    by_release: dict[str | None, list[Any]] = {}
    for issue in session.execute(wanted):
        by_release.setdefault(issue.first_release, []).append(issue)
    return {
        deploy_id: sum(one.holds(issue) for issue in by_release.get(one.release, ()))
        for deploy_id, one in spans.items()
    }


def _line(row: DeployRow) -> tuple[int, str, str, str]:
    return row.project_id, row.service, row.environment, row.release


def _times(
    session: Session, deploys: Collection[DeployRow]
) -> dict[tuple[int, str, str, str], list[datetime]]:
    wanted = select(DeployRow).where(
        col(DeployRow.project_id).in_({row.project_id for row in deploys}),
        col(DeployRow.release).in_({row.release for row in deploys}),
    )
    found: dict[tuple[int, str, str, str], list[datetime]] = {}
    for row in session.exec(wanted):
        found.setdefault(_line(row), []).append(row.at)
    return found


def _with_several(session: Session, projects: Collection[int]) -> set[int]:
    """Projects that deploy more than one service."""
    lines = (
        select(DeployRow.project_id, DeployRow.service)
        .where(col(DeployRow.project_id).in_(projects))
        .distinct()
    )
    known = [project_id for project_id, _ in session.exec(lines)]
    return {one for one in known if known.count(one) > 1}
