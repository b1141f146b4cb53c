"""What rows say of an issue that is followed, and what is kept of it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from correlator.store import cycles
from correlator.store.tables import DeployRow, IssueRow, ProjectRow
from tests.builders import NOW, a_project, an_issue, some_events

HOUR = timedelta(hours=1)


@pytest.fixture
def session(engine: sa.Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as session:
        yield session
        session.rollback()


@pytest.fixture
def project(session: Session) -> ProjectRow:
    return a_project(session)


@pytest.fixture
def issue(session: Session, project: ProjectRow) -> IssueRow:
    """An issue of a service called shop, in production."""
    row = an_issue(session, project)
    some_events(session, row)
    return row


def rolled_out(
    session: Session, project: ProjectRow, release: str, at: datetime, stage: str | None = None
) -> None:
    session.add(
        DeployRow(
            project_id=project.id or 0,
            service="shop",
            environment="production",
            release=release,
            at=at,
            received_at=at,
            stage=stage,
            share=0.1 if stage else None,
        )
    )
    session.flush()


def releases(session: Session, issue: IssueRow) -> list[str]:
    """What rows say was rolled out on the issue's only line."""
    known = cycles.known_of(session, issue.id or 0)
    assert known is not None
    (line,) = known.lines
    return [one.release for one in line.roll_outs]


def test_a_canary_is_no_roll_out_of_a_fix(
    session: Session, project: ProjectRow, issue: IssueRow
) -> None:
    rolled_out(session, project, "shop@1", NOW - 2 * HOUR)
    rolled_out(session, project, "shop@2", NOW - HOUR, stage="canary")
    assert releases(session, issue) == ["shop@1"]
