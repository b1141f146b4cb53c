"""Traces of earlier issues: those of the project that began a day before or longer ago."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from correlator.store.issues.earlier_traces import earlier_traces
from correlator.store.session import reading, transaction
from correlator.store.tables import IssueRow, ProjectRow
from tests.builders import NOW, a_project, a_verdict, an_issue


def located(*functions: str) -> list[dict[str, Any]]:
    return [{"path": "shop/http.py", "function": function} for function in functions]


def an_old_issue(session: Session, project: ProjectRow, days: float, *functions: str) -> IssueRow:
    issue = an_issue(session, project, first_seen=NOW - timedelta(days=days))
    a_verdict(session, issue, None, (), locations=located(*functions))
    return issue


def test_only_issues_of_the_project_that_began_a_day_earlier_count(engine: sa.Engine) -> None:
    with transaction(engine) as session:
        project, other = a_project(session), a_project(session, "bank")
        an_old_issue(session, project, 9, "dispatch", "pay")
        an_old_issue(session, project, 0.5, "of the same day")
        an_old_issue(session, other, 9, "of another project")
        an_old_issue(session, project, 5)
        issue = an_issue(session, project, first_seen=NOW)
        an_issue(session, project, first_seen=NOW - timedelta(days=3))
        wanted = issue.id
    with reading(engine) as session:
        row = session.get(IssueRow, wanted)
        assert row is not None
        assert earlier_traces(session, row) == [
            frozenset({("shop/http.py", "dispatch"), ("shop/http.py", "pay")})
        ]


def test_the_verdict_in_force_counts_and_none_before_it(engine: sa.Engine) -> None:
    with transaction(engine) as session:
        project = a_project(session)
        old = an_old_issue(session, project, 9, "first thought")
        a_verdict(session, old, None, (), locations=located("second thought"))
        wanted = an_issue(session, project, first_seen=NOW).id
    with reading(engine) as session:
        row = session.get(IssueRow, wanted)
        assert row is not None
        assert earlier_traces(session, row) == [frozenset({("shop/http.py", "second thought")})]


def test_what_was_merged_into_another_issue_counts_with_that_one(engine: sa.Engine) -> None:
    with transaction(engine) as session:
        project = a_project(session)
        old = an_old_issue(session, project, 9, "dispatch")
        an_old_issue(session, project, 8, "dispatch").merged_into = old.id
        wanted = an_issue(session, project, first_seen=NOW).id
    with reading(engine) as session:
        row = session.get(IssueRow, wanted)
        assert row is not None
        assert earlier_traces(session, row) == [frozenset({("shop/http.py", "dispatch")})]
