"""Whose course is told anew: by a roll-out, by the names that commits have, by reverts."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from correlator.store.cycles.due import deploy_concerns, named_issues, suspecting
from correlator.store.tables import (
    FixRow,
    FollowedRow,
    IssueRow,
    JudgementRow,
    ProjectRow,
    SentryIssueRow,
)
from correlator.store.verdicts.scored import renew
from tests.builders import NOW, a_project, a_verdict, an_issue, sha_of

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


def test_names_are_found_among_thousands_that_mean_nothing_here(
    session: Session, project: ProjectRow
) -> None:
    by_number, by_address, by_sentry, by_short, other = (
        an_issue(session, project) for _ in range(5)
    )
    for row, number, short in [(by_sentry, "77", None), (by_short, "78", "FRONT-4K")]:
        session.add(
            SentryIssueRow(
                project_id=project.id or 0, number=number, short=short, issue_id=row.id or 0
            )
        )
    session.flush()
    names = {f"utf-{number}" for number in range(2500)} | {f"sentry:{n}" for n in range(900, 2900)}
    names |= {"shop-1", f"issue:{by_address.id}", "sentry:77", "front-4k"}
    expected = sorted(one.id or 0 for one in (by_number, by_address, by_sentry, by_short))
    assert other.id not in expected
    assert named_issues(session, None, names) == expected
    assert named_issues(session, project.id, names) == expected
    assert named_issues(session, a_project(session, "front").id, names) == []


@pytest.mark.parametrize("name", ["issue:none", "issue:" + "9" * 30, "shop-²", "-", ""])
def test_a_name_that_is_none_means_no_issue(
    session: Session, project: ProjectRow, name: str
) -> None:
    an_issue(session, project)
    assert named_issues(session, None, [name]) == []


def test_of_very_many_reverts_none_is_overlooked(session: Session, project: ProjectRow) -> None:
    issue = an_issue(session, project)
    a_verdict(session, issue, None, suspects=[("culprit", 0.9), ("second", 0.05)])
    others = {sha_of(str(number)) for number in range(3000)}
    assert suspecting(session, others | {sha_of("culprit")}) == [issue.id]
    assert suspecting(session, others | {sha_of("second")}) == []


def test_what_somebody_confirmed_is_suspected_wherever_the_verdict_has_it(
    session: Session, project: ProjectRow
) -> None:
    issue = an_issue(session, project)
    a_verdict(session, issue, None, suspects=[("culprit", 0.9), ("second", 0.05)])
    said = {"sha": sha_of("second"), "said": "confirmed", "at": NOW}
    session.add(JudgementRow(issue_id=issue.id or 0, verdict_id=issue.verdict_id, **said))
    renew(session, [issue.id or 0])
    assert suspecting(session, {sha_of("second")}) == [issue.id]


def test_names_are_asked_for_a_batch_at_a_time(session: Session, project: ProjectRow) -> None:
    asked: list[str] = []
    sa.event.listen(session.get_bind(), "before_cursor_execute", lambda *a: asked.append(a[2]))
    for _ in range(3):
        an_issue(session, project)
    asked.clear()
    found = named_issues(session, None, [f"shop-{number}" for number in range(1, 401)])
    assert (len(found), len(asked)) == (3, 3)
