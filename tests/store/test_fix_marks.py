"""The list of issues says how far the mending of each is, and is narrowed by that."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from correlator.store.fixes import marks as fix_marks
from correlator.store.issues.listing import Wanted, count_issues, page_of_issues
from correlator.store.session import reading, transaction
from correlator.store.tables import FollowedRow
from correlator.types import AttemptState
from tests.builders import NOW, a_project, an_issue

COURSES: dict[str, dict[str, Any] | None] = {
    "never followed": None,
    "nothing tried": {"state": ""},
    "held": {"state": AttemptState.HELD, "is_open": False, "cycles": 2},
    "quiet": {"state": AttemptState.TOO_EARLY, "cycles": 1},
    "nobody uses it": {"state": AttemptState.UNEXERCISED, "cycles": 1},
    "merged only": {"state": AttemptState.NEVER_DEPLOYED},
    "failed again": {"state": AttemptState.CAME_BACK, "cycles": 3},
    "less of it": {"state": AttemptState.REDUCED, "cycles": 1},
    "regression": {"state": "", "regressions": 1},
    "taken back": {"state": AttemptState.SUPERSEDED, "cycles": 1},
}
MARKS = {
    fix_marks.HELD: {"held"},
    fix_marks.WAITING: {"quiet", "nobody uses it", "merged only"},
    fix_marks.FAILED: {"failed again", "less of it", "regression"},
    fix_marks.NONE: {"never followed", "nothing tried", "taken back"},
}


@pytest.fixture
def kept(engine: sa.Engine) -> sa.Engine:
    """An issue of each course."""
    with transaction(engine) as session:
        project = a_project(session)
        for name, course in COURSES.items():
            issue = an_issue(session, project, value=name)
            if course is not None:
                session.add(FollowedRow(issue_id=issue.id or 0, at=NOW, **course))
    return engine


def listed(session: Session, mark: str) -> set[str]:
    wanted = Wanted(fix=mark)
    total, page = page_of_issues(session, wanted, NOW)
    assert total == len(page) == count_issues(session, wanted)
    assert {fix_marks.mark_of(one.followed) for one in page} <= {mark}
    return {one.issue.value for one in page}


def test_each_course_has_one_mark_and_is_listed_under_it(kept: sa.Engine) -> None:
    with reading(kept) as session:
        assert {mark: listed(session, mark) for mark in fix_marks.MARKS} == MARKS


def test_what_is_no_mark_lists_nothing(kept: sa.Engine) -> None:
    with reading(kept) as session:
        assert listed(session, "mended by magic") == set()


def test_the_mark_is_read_with_the_issues_themselves(kept: sa.Engine) -> None:
    asked: list[str] = []
    sa.event.listen(kept, "before_cursor_execute", lambda *told: asked.append(told[2]))
    with reading(kept) as session:
        page_of_issues(session, Wanted(), NOW)
    assert sum("followed" in statement for statement in asked) == 1
