"""Commands over a place where nothing was ever kept: they say so, and make nothing."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from correlator.cli import cli
from correlator.errors import Permanent

READING = (
    ["issues"], ["cycles"], ["cycles", "SHOP-1"], ["classes", "list"], ["scorecard"], ["report"],
    ["repo", "list"], ["repo", "fetch"], ["project", "list"], ["token", "list"],
    ["account", "list"], ["kinds", "labels"], ["train", "--dry-run"], ["classes", "refit"],
    ["watch", "--release", "shop@1", "--timeout", "1s"], ["erase", "--user", "ana@example.org"],
    ["deploy", "--release", "shop@1", "--environment", "production"], ["backup", "made.tar"],
)  # fmt: skip


@pytest.mark.parametrize("given", READING, ids=" ".join)
def test_a_command_that_has_nothing_to_say_of_a_new_place_refuses_it_and_makes_nothing(
    given: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = CliRunner().invoke(cli, ["--data-dir", "nowhere", *given])
    assert isinstance(told.exception, Permanent)
    assert "nothing was ever kept there" in str(told.exception)
    assert "correlator up" in str(told.exception)
    assert "--data-dir" in str(told.exception)
    assert list(tmp_path.iterdir()) == []


def test_the_doctor_calls_it_wrong_and_a_check_of_the_schema_says_no(tmp_path: Path) -> None:
    empty = ["--data-dir", str(tmp_path / "nowhere")]
    doctor = CliRunner().invoke(cli, [*empty, "doctor"])
    assert doctor.exit_code == 1
    assert "correlator up" in doctor.output
    assert CliRunner().invoke(cli, [*empty, "migrate", "--check"]).exit_code == 1
    assert list(tmp_path.iterdir()) == []


def test_what_founds_an_installation_is_read_by_the_next_command(tmp_path: Path) -> None:
    here = ["--data-dir", str(tmp_path / "mine")]
    assert CliRunner().invoke(cli, [*here, "project", "add", "shop"]).exit_code == 0
    assert "shop" in CliRunner().invoke(cli, [*here, "project", "list"]).output
    assert (tmp_path / "mine" / "correlator.sqlite").is_file()
