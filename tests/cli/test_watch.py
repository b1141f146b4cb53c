"""``correlator watch``: what it answers, and with which exit code; here and through a server."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlmodel import Session

from correlator.cli.watch import command
from correlator.store.people.tokens import mint
from correlator.store.session import open_engine, transaction
from correlator.store.tables import DeployRow, HealthVerdictRow
from correlator.world import World
from tests import builders
from tests.web.pages_site import Site

NOW = datetime.now(UTC)


def a_release(session: Session, health: str | None, environment: str = "production") -> None:
    """A release that went out an hour ago and fared so."""
    at = NOW - timedelta(hours=1)
    row = DeployRow(
        project_id=1, service="shop", environment=environment, release="v2", at=at, received_at=at
    )
    session.add(row)
    session.flush()
    if health:
        session.add(
            HealthVerdictRow(deploy_id=row.id, at=NOW, health=health, because="So it was seen.",
                             unit="calls", new_events=9, new_exposure=10, old_events=1,
                             old_exposure=10, ratio=9.0, low=2.0)
        )  # fmt: skip


@pytest.fixture
def here(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Watch v2 on this machine's data, in which it fared so in each environment."""
    monkeypatch.setenv("CORRELATOR_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CORRELATOR_DATABASE_URL", sqlite_url)

    def watch(*given: str, **fared: str | None) -> tuple[int, str]:
        engine = open_engine(sqlite_url)
        with transaction(engine) as session:
            builders.a_project(session)
            for environment, health in fared.items():
                a_release(session, health, environment)
        engine.dispose()
        answer = CliRunner().invoke(command, ["--release", "v2", "--timeout", "0s", *given])
        return answer.exit_code, answer.output

    return watch


@pytest.mark.parametrize(
    ("health", "code"), [("fine", 0), ("worse", 1), ("cannot-tell", 2), (None, 2)]
)
def test_the_exit_code_says_how_it_fared(here: Any, health: str | None, code: int) -> None:
    assert here(production=health)[0] == code


def test_worse_anywhere_is_worse(here: Any) -> None:
    code, said = here(production="fine", canary="worse")
    assert code == 1
    assert "canary: worse. 9 times as many failures." in said


def test_one_environment_can_be_asked_for(here: Any) -> None:
    assert here("--environment", "production", production="fine", canary="worse")[0] == 0


def test_a_release_that_nobody_told_of_cannot_be_told(here: Any) -> None:
    code, said = here()
    assert code == 2
    assert "No deploy of v2 is known" in said


def test_what_is_live_is_not_called_replaced(here: Any) -> None:
    code, said = here(production=None)
    assert code == 2
    assert "too-early. Nothing was before it" in said
    assert "replaced" not in said


def test_a_program_gets_json(here: Any) -> None:
    code, said = here("--json", production="worse")
    assert code == 1
    assert json.loads(said)["deploys"][0]["health"] == "worse"


@pytest.mark.usefixtures("here")
def test_a_release_that_went_out_of_use_is_not_to_be_rolled_back(sqlite_url: str) -> None:
    with transaction(open_engine(sqlite_url)) as session:
        builders.a_project(session)
        for name, hours in (("v1", 2), ("v2", 1)):
            at = NOW - timedelta(hours=hours)
            row = DeployRow(
                project_id=1, service="shop", environment="production", release=name, at=at,
                received_at=at,
            )  # fmt: skip
            session.add(row)
            session.flush()
        session.add(
            HealthVerdictRow(deploy_id=2, against_id=1, at=NOW, health="worse", because="So.",
                             unit="calls", new_events=9, new_exposure=10, old_events=1,
                             old_exposure=10, ratio=9.0, low=2.0)
        )  # fmt: skip
    assert "Roll back to v1." in watched_again()
    with transaction(open_engine(sqlite_url)) as session:
        later = DeployRow(project_id=1, service="shop", environment="production", release="v3",
                          at=NOW, received_at=NOW)  # fmt: skip
        session.add(later)
    assert "Roll back" not in watched_again()


def watched_again() -> str:
    return CliRunner().invoke(command, ["--release", "v2", "--timeout", "0s"]).output


def test_the_server_answers_a_token_of_its_project_only(world: World) -> None:
    site = Site(world)

    def build(session: Session) -> tuple[str, str]:
        mine, other = builders.a_project(session), builders.a_project(session, "other")
        a_release(session, "worse")
        return (
            mint(session, "mine", mine.id, NOW),
            mint(session, "other", other.id, NOW),
        )

    mine, other = site.keep(build)

    def ask(token: str) -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        return site.client.get("/api/health?release=v2", headers=headers)

    assert [one["health"] for one in ask(mine).get_json()["deploys"]] == ["worse"]
    assert ask(other).get_json()["deploys"] == []
    assert ask("wrong").status_code in (401, 403)
