"""``correlator cycles``: what a terminal and a script are told of an issue's fixes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlmodel import select

from correlator.cli.cycles import command
from correlator.errors import Permanent
from correlator.store.session import open_engine, transaction
from correlator.store.tables import FixAttemptRow, FollowedRow, ProjectRow, SentryIssueRow
from tests.builders import an_issue
from tests.web.test_cycles_pages import a_course, a_story
from tests.web.test_fixes_page import some_fixes


@pytest.fixture
def ask(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("CORRELATOR_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CORRELATOR_DATABASE_URL", sqlite_url)

    def answer(*given: str) -> Result:
        return CliRunner().invoke(command, list(given))

    return answer


def test_an_open_issue_is_told_with_its_attempts_and_exit_code_one(
    ask: Callable[..., Result], sqlite_url: str
) -> None:
    with transaction(open_engine(sqlite_url)) as session:
        a_course(session)
    told = ask("SHOP-1")
    assert told.exit_code == 1
    assert "SHOP-1  too early" in told.output
    assert "open, at least 2 cycles" in told.output
    twin = json.loads(ask("SHOP-1", "--json").output)
    assert (twin["state"], twin["cycles"], twin["is_open"]) == ("too early", 2, True)
    assert [one["state"] for one in twin["episodes"][0]["attempts"]] == ["came back", "too early"]


def test_a_held_fix_answers_with_exit_code_zero(
    ask: Callable[..., Result], sqlite_url: str
) -> None:
    with transaction(open_engine(sqlite_url)) as session:
        a_course(session)
        session.exec(select(FollowedRow)).one().is_open = False
    assert ask("shop-1").exit_code == 0


def test_what_a_release_is_called_cannot_steer_the_terminal(
    ask: Callable[..., Result], sqlite_url: str
) -> None:
    with transaction(open_engine(sqlite_url)) as session:
        a_course(session)
        for row in session.exec(select(FixAttemptRow)):
            row.release = "v1\x1b[2J"
    assert "\x1b" not in ask("SHOP-1").output


def test_an_issue_that_nobody_followed_has_no_fix(
    ask: Callable[..., Result], sqlite_url: str
) -> None:
    with transaction(open_engine(sqlite_url)) as session:
        a_story(session)
    told = ask("SHOP-1")
    assert told.exit_code == 1
    assert "No roll-out since it began is known to bring a fix." in told.output


def test_a_name_that_stands_for_two_issues_asks_which(
    ask: Callable[..., Result], sqlite_url: str
) -> None:
    """Sentry counts its issues for itself: its SHOP-1 is our SHOP-2."""
    with transaction(open_engine(sqlite_url)) as session:
        first = a_course(session)
        other = an_issue(session, session.get_one(ProjectRow, first.project_id))
        session.add(
            SentryIssueRow(
                project_id=first.project_id, number="78", short="SHOP-1", issue_id=other.id
            )
        )
        ids = first.id, other.id
    told = ask("SHOP-1")
    assert isinstance(told.exception, Permanent)
    assert f"correlator cycles {ids[0]}  (here: " in str(told.exception)
    assert f"correlator cycles {ids[1]}  (in Sentry, SHOP-2 here: " in str(told.exception)
    assert json.loads(ask(str(ids[0]), "--json").output)["issue"] == "SHOP-1"


def test_two_names_of_issues_that_are_one_by_now_ask_nothing(
    ask: Callable[..., Result], sqlite_url: str
) -> None:
    with transaction(open_engine(sqlite_url)) as session:
        first = a_course(session)
        other = an_issue(session, session.get_one(ProjectRow, first.project_id))
        other.merged_into = first.id
        session.add(
            SentryIssueRow(
                project_id=first.project_id, number="78", short="SHOP-1", issue_id=other.id
            )
        )
    assert json.loads(ask("SHOP-1", "--json").output)["issue"] == "SHOP-1"


def test_an_unknown_name_says_how_names_look(ask: Callable[..., Result], sqlite_url: str) -> None:
    with transaction(open_engine(sqlite_url)) as session:
        a_story(session)
    told = ask("SHOP-99")
    assert told.exit_code != 0
    assert "SHOP-12" in str(told.exception)


def test_without_an_issue_it_tells_how_all_fixes_fared(
    ask: Callable[..., Result], sqlite_url: str
) -> None:
    with transaction(open_engine(sqlite_url)) as session:
        some_fixes(session)
    told = ask("--days", "3650")
    assert told.exit_code == 0
    assert "open attempts      7 (3 came back" in told.output
    assert "all                        3 + 4     2 + 2     1 + 0     1 + 1" in told.output
    twin = json.loads(ask("--days", "3650", "--json").output)
    assert [one["held"]["count"] for one in twin["cycles"]["bins"]] == [3, 2, 1, 1]
    # Hours open go on while it is asked again.
    of_shop = ask("--days", "3650", "--project", "shop").output.rpartition("\ncost:")[0]
    assert of_shop == told.output.rpartition("\ncost:")[0] != ""


def test_without_anything_to_count_it_says_so(ask: Callable[..., Result], sqlite_url: str) -> None:
    with transaction(open_engine(sqlite_url)):
        assert ask().output.startswith("No issue began")


def test_a_project_that_is_not_there_is_refused(
    ask: Callable[..., Result], sqlite_url: str
) -> None:
    told = ask("--project", "nowhere")
    assert told.exit_code != 0
    assert "no project" in str(told.exception)


def test_an_unknown_issue_is_answered_with_what_there_is(
    ask: Callable[..., Result], sqlite_url: str
) -> None:
    with transaction(open_engine(sqlite_url)) as session:
        a_course(session)
    assert "SHOP has 1 to 1" in str(ask("SHOP-99").exception)
    assert "Projects are SHOP (1 to 1)" in str(ask("till-3").exception)
