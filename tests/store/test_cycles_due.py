"""Whose course is told anew: by a roll-out, by the names that commits have, by reverts."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from correlator.store.cycles_due import deploy_concerns
from correlator.store.tables import FixRow, FollowedRow, IssueRow, ProjectRow
from tests.builders import NOW, a_project, a_verdict, an_issue

DAY = timedelta(days=1)


@pytest.fixture
def session(engine: sa.Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as session:
        yield session
        session.rollback()


@pytest.fixture
def project(session: Session) -> ProjectRow:
    return a_project(session)


def mended(session: Session, issue: IssueRow, *, is_open: bool) -> int:
    """Its number, once a fix of it is known."""
    issue_id = issue.id or 0
    session.add(FollowedRow(issue_id=issue_id, at=NOW, is_open=is_open))
    session.add(
        FixRow(issue_id=issue_id, key="f", means="named", way="person", because="", confirmed=True)
    )
    session.flush()
    return issue_id


def test_a_roll_out_concerns_every_open_issue_with_a_fix_however_many_fail(
    session: Session, project: ProjectRow
) -> None:
    old = an_issue(session, project, last_seen=NOW - 90 * DAY)
    waiting = mended(session, old, is_open=True)
    mended(session, an_issue(session, project, last_seen=NOW - 90 * DAY), is_open=False)
    failing = [an_issue(session, project, last_seen=NOW - n * DAY) for n in range(3)]
    for one in failing:
        a_verdict(session, one, None)
    session.flush()
    newest = [one.id for one in failing[:2]]
    assert deploy_concerns(session, project.id or 0, NOW, limit=2) == [waiting, *newest]
