"""Removing a repository: whatever speaks of it goes, or stays without it."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel, select

from correlator.store.code.repos import remove_repo
from correlator.store.session import reading, transaction
from correlator.store.tables import FixRow, InsideRow, RepoRow
from tests.builders import a_project, a_repo, an_issue

ABOUT_REPOS = sorted(
    table.name
    for table in SQLModel.metadata.tables.values()
    if any(key.column.table.name == "repo" for key in table.foreign_keys)
)


def test_what_was_told_of_fixes_stays_without_it(engine: sa.Engine) -> None:
    with transaction(engine) as session:
        repo = a_repo(session, project := a_project(session))
        issue = an_issue(session, project)
        fix: dict[str, Any] = {
            "key": "commit:1",
            "means": "forward",
            "way": "named",
            "because": "",
            "sha": "1",
        }
        session.add(FixRow(issue_id=issue.id or 0, repo_id=repo.id, confirmed=True, **fix))
        session.add(InsideRow(repo_id=repo.id or 0, revision="2", sha="1", contains=True))
        session.flush()
        remove_repo(session, repo.id or 0)
    with reading(engine) as session:
        assert session.exec(select(FixRow)).one().repo_id is None
        assert session.exec(select(InsideRow)).all() == []
        assert session.exec(select(RepoRow)).all() == []


@pytest.mark.parametrize("table", ABOUT_REPOS)
def test_no_table_that_refers_to_repositories_is_forgotten(engine: sa.Engine, table: str) -> None:
    asked: list[str] = []
    sa.event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    with transaction(engine) as session:
        remove_repo(session, a_repo(session).id or 0)
    assert any(one.startswith((f"DELETE FROM {table} ", f"UPDATE {table} ",
                               f'DELETE FROM "{table}" ', f'UPDATE "{table}" '))
               for one in asked)  # fmt: skip
