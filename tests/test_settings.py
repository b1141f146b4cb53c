"""Settings are read once, and every fault is told at once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from correlator.errors import Permanent
from correlator.settings import load_settings


def test_nothing_needs_to_be_set_on_one_machine() -> None:
    settings = load_settings()
    assert settings.database.startswith("sqlite:////")
    assert settings.broker.startswith("redis+socket:///")


def test_every_fault_is_in_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORRELATOR_PORT", "http")
    monkeypatch.setenv("CORRELATOR_WORKERS", "0")
    monkeypatch.setenv("CORRELATOR_DATABSE_URL", "postgresql://db/correlator")
    monkeypatch.setenv("CORRELATOR_SECRETS_DIR", "/no/such/place")
    with pytest.raises(Permanent) as told:
        load_settings()
    said = str(told.value)
    assert "CORRELATOR_PORT" in said
    assert "CORRELATOR_WORKERS" in said
    assert "CORRELATOR_DATABSE_URL: there is no such setting; is CORRELATOR_DATABASE_URL" in said
    assert "/no/such/place" in said


def test_a_setting_of_the_command_line_is_no_misspelt_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORRELATOR_TOKEN", "a")
    monkeypatch.setenv("CORRELATOR_SERVER", "b")
    load_settings()


def test_a_secret_may_come_from_a_file_and_the_environment_goes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "correlator_secret_key").write_text("from the file\n")
    (tmp_path / "correlator_sentry_dsn").write_text("http://file@127.0.0.1/1\n")
    monkeypatch.setenv("CORRELATOR_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("CORRELATOR_SENTRY_DSN", "http://environment@127.0.0.1/1")
    settings = load_settings()
    assert settings.secret() == b"from the file"
    assert settings.sentry_dsn.get_secret_value() == "http://environment@127.0.0.1/1"


def test_a_secret_is_not_shown_when_settings_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORRELATOR_SECRET_KEY", "hunter2")
    assert "hunter2" not in repr(load_settings())


def test_a_secret_that_nobody_gave_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    first = load_settings(data_dir=tmp_path / "data").secret()
    assert load_settings(data_dir=tmp_path / "data").secret() == first
    assert len(first) == 64
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret_key"]
    assert (tmp_path / "data" / "secret_key").stat().st_mode & 0o077 == 0


def test_processes_that_start_at_once_agree_on_the_secret(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    with ThreadPoolExecutor(16) as pool:
        made = set(pool.map(lambda _: settings.secret(), range(64)))
    assert len(made) == 1
    assert len(made.pop()) == 64


def test_commands_typed_elsewhere_mean_the_installation_beside_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = load_settings().data_dir
    monkeypatch.chdir(tmp_path)
    assert load_settings().data_dir == here
    assert (here.parent / "run").is_file()
    monkeypatch.setenv("CORRELATOR_DATA_DIR", "mine")
    assert load_settings().data_dir == Path("mine")
