"""``correlator issues``: the list of issues in a terminal."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from sqlmodel import col, select

from correlator.cli.issues import command
from correlator.store.session import open_engine, transaction
from correlator.store.tables import JudgementRow, SuspectRow, VerdictRow
from tests.builders import NOW, a_project, an_issue, sha_of
from tests.web.test_cycles_pages import a_course


@pytest.fixture
def ask(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("CORRELATOR_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CORRELATOR_DATABASE_URL", sqlite_url)
    with transaction(open_engine(sqlite_url)) as session:
        a_course(session)
        an_issue(session, a_project(session, "till"), type="ValueError", value="\x1b[2Jno")

    def answer(*given: str) -> Result:
        return CliRunner().invoke(command, list(given))

    return answer


def test_each_issue_has_its_change_and_how_far_its_mending_is(ask: Callable[..., Result]) -> None:
    told = ask()
    assert told.exit_code == 0
    assert "SHOP-1" in told.output
    assert "fix too early to tell" in told.output
    assert "TILL-1" in told.output
    assert "\x1b" not in told.output
    assert told.output.endswith("2 issues\n")


def test_a_word_that_was_taken_back_does_not_count(
    ask: Callable[..., Result], sqlite_url: str
) -> None:
    def says(word: str) -> str:
        with transaction(open_engine(sqlite_url)) as session:
            session.add(JudgementRow(issue_id=1, sha=sha_of("culprit"), said=word, at=NOW))
        return ask("--project", "shop").output

    assert sha_of("culprit")[:10] not in says("rejected")
    assert "confirmed" in says("confirmed")
    assert "confirmed" not in says("taken-back")


def test_what_somebody_confirmed_leads_as_it_does_on_the_page(
    ask: Callable[..., Result], sqlite_url: str
) -> None:
    with transaction(open_engine(sqlite_url)) as session:
        session.add(JudgementRow(issue_id=1, sha=sha_of("second"), said="confirmed", at=NOW))
    (told,) = json.loads(ask("--project", "shop", "--json").output)["issues"]
    assert (told["culprit"]["sha"], told["culprit"]["confirmed"]) == (sha_of("second"), True)
    with transaction(open_engine(sqlite_url)) as session:
        session.execute(sa.update(VerdictRow).values(abstained="nothing-stands-out"))
    assert "confirmed" in ask("--project", "shop").output


def test_the_list_is_narrowed_by_the_fix(ask: Callable[..., Result]) -> None:
    told = json.loads(ask("--fix", "waiting", "--json").output)
    assert [one["issue"] for one in told["issues"]] == ["SHOP-1"]
    assert told["issues"][0]["fix"]["mark"] == "waiting"
    assert told["issues"][0]["culprit"]["sha"]
    assert ask("--fix", "none", "--project", "till").output.endswith("1 issue\n")


def test_without_any_issue_it_says_where_events_are_to_go(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORRELATOR_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CORRELATOR_DATABASE_URL", sqlite_url)
    told = CliRunner().invoke(command, [])
    assert (told.exit_code, "correlator project list" in told.output) == (1, True)


def test_no_such_issue_is_exit_code_one(ask: Callable[..., Result]) -> None:
    assert ask("--fix", "held").exit_code == 1
    assert ask("--fix", "mended").exit_code == 2


def test_it_is_as_sure_as_the_page_of_a_pull_request_in_parts(
    ask: Callable[..., Result], sqlite_url: str
) -> None:
    engine = open_engine(sqlite_url)
    with transaction(engine) as session:
        both = col(SuspectRow.sha).in_([sha_of("culprit"), sha_of("second")])
        parts = sa.update(SuspectRow).where(both)
        session.execute(parts.values(request=7, probability=0.3))
        session.execute(sa.update(VerdictRow).values(confidence=0.6))
    (told,) = json.loads(ask("--project", "shop", "--json").output)["issues"]
    assert (told["culprit"]["request"], told["culprit"]["probability"]) == (7, 0.6)
    assert " 60%  " in ask("--project", "shop").output

    with transaction(engine) as session:
        session.add(JudgementRow(issue_id=1, sha=sha_of("culprit"), said="rejected", at=NOW))
    (told,) = json.loads(ask("--project", "shop", "--json").output)["issues"]
    assert told["culprit"]["sha"] == sha_of("second")
    assert told["culprit"]["probability"] == pytest.approx(0.3 / 0.7)


def test_where_every_suspect_is_ruled_out_it_says_so(
    ask: Callable[..., Result], sqlite_url: str
) -> None:
    with transaction(open_engine(sqlite_url)) as session:
        for sha in session.exec(select(SuspectRow.sha).distinct()).all():
            session.add(JudgementRow(issue_id=1, sha=sha, said="rejected", at=NOW))
    assert "every suspect is ruled out" in ask("--project", "shop").output
