"""Accounts from the command line: the only way to make the first one where nobody can log in."""

import pytest
from click.testing import CliRunner, Result
from sqlmodel import Session

from correlator.cli import cli
from correlator.settings import Settings
from correlator.store.people import accounts
from correlator.store.session import reading
from correlator.world import World


@pytest.fixture
def correlator(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("CORRELATOR_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("CORRELATOR_DATABASE_URL", settings.database_url)
    return CliRunner()


def password_in(result: Result) -> str:
    assert result.exit_code == 0, result.output
    line = next(line for line in result.output.splitlines() if line.startswith("Password"))
    return line.split()[1]


def may_log_in(session: Session, email: str, password: str) -> bool:
    return accounts.check(session, email, password) is not None


def test_the_password_that_is_printed_logs_in_and_a_new_one_replaces_it(
    correlator: CliRunner, world: World
) -> None:
    first = password_in(correlator.invoke(cli, ["account", "add", "Ana@example.org"]))
    with reading(world.engine) as session:
        assert may_log_in(session, "ana@example.org", first)
    second = password_in(correlator.invoke(cli, ["account", "new-password", "ana@example.org"]))
    with reading(world.engine) as session:
        assert may_log_in(session, "ana@example.org", second)
        assert not may_log_in(session, "ana@example.org", first)


def test_accounts_are_listed_without_anything_secret(correlator: CliRunner, world: World) -> None:
    correlator.invoke(cli, ["account", "add", "zoe@example.org"])
    correlator.invoke(cli, ["account", "add", "ana@example.org"])
    listed = correlator.invoke(cli, ["account", "list"]).output
    assert [line.split("\t")[0] for line in listed.splitlines()] == [
        "ana@example.org",
        "zoe@example.org",
    ]
    assert "argon2" not in listed


def test_nobody_gets_a_password_for_an_account_that_is_not_there(
    correlator: CliRunner, world: World
) -> None:
    result = correlator.invoke(cli, ["account", "new-password", "who@example.org"])
    assert result.exit_code != 0
    assert "There is no account who@example.org" in str(result.exception)
