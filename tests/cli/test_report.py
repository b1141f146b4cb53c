"""``correlator report``: a week in a terminal, and sent by hand."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlmodel import Session

from correlator.cli import cli
from correlator.errors import Permanent
from correlator.store.session import open_engine, transaction
from correlator.store.weeks import reports
from tests import weeks

Ask = Callable[..., Result]


@pytest.fixture
def ask(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Run the command over the bad week, of which there is a plan without recipients."""
    monkeypatch.setenv("CORRELATOR_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CORRELATOR_DATABASE_URL", sqlite_url)
    engine = open_engine(sqlite_url)
    with transaction(engine) as session:
        _rows(session)
    engine.dispose()
    return lambda *given: CliRunner().invoke(cli, ["report", *given])


def _rows(session: Session) -> None:
    weeks.bad_week(session)
    plan = {"zone": "UTC", "weekday": 1, "hour": 8, "environment": "production"}
    reports.keep_plan(session, "shop", plan, weeks.MONDAY)


def test_it_tells_a_week_in_text(ask: Ask) -> None:
    told = ask("--week", "2026-W47")
    assert told.exit_code == 0, told.output
    assert "57 events of 3 issues in production." in told.output
    assert "WORTH DOING" in told.output


def test_a_week_without_failures_is_exit_code_1(ask: Ask) -> None:
    told = ask("--week", "2025-W10")
    assert told.exit_code == 1
    assert "no errors reached us from production" in told.output


def test_json_holds_the_lists_behind_its_numbers(ask: Ask) -> None:
    told = json.loads(ask("--week", "2026-W47", "--json").output)
    issues = told["lists"]["issues"]["items"]
    assert sum(one["events"] for one in issues) == told["facts"][0]["figure"]["value"] == 57


def test_services_and_environment_bound_it(ask: Ask) -> None:
    told = json.loads(ask("--week", "2026-W47", "--environment", "staging", "--json").output)
    assert told["environment"] == "staging"
    assert told["facts"][0]["figure"]["value"] == 2
    assert ask("--week", "2026-W47", "--service", "billing").exit_code == 1


def test_what_was_kept_is_shown_as_it_was(ask: Ask) -> None:
    sent = ask("--week", "2026-W45", "--plan", "shop", "--send")
    assert sent.exit_code == 0, sent.output
    assert "no recipients; the report of 2026-W45 is kept" in sent.output
    shown = ask("--week", "2026-W45", "--plan", "shop")
    assert "/reports/1\n" in shown.output


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--week", "47"], "no ISO week"),
        (["--plan", "nobody"], "there are: shop"),
        (["--send"], "--plan NAME"),
        (["--zone", "Moon"], "no time zone"),
        (["--plan", "shop", "--week", "2999-W01", "--send"], "has not ended"),
        (["--plan", "shop", "--zone", "UTC", "--send"], "change the plan"),
    ],
)
def test_what_cannot_be_done_says_why(ask: Ask, given: list[str], said: str) -> None:
    told = ask(*given)
    assert isinstance(told.exception, Permanent)
    assert said in str(told.exception)
