"""``correlator cycles``: what a terminal and a script are told of an issue's fixes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlmodel import select

from correlator.cli.cycles import command
from correlator.store.session import open_engine, transaction
from correlator.store.tables import FixAttemptRow, FollowedRow
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
    assert "No change is known that is meant to mend it." in told.output


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
    assert ask("--days", "3650", "--project", "shop").output == told.output


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
