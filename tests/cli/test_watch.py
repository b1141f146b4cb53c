"""``correlator watch``: what it answers, and with which exit code; here and through a server."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlmodel import Session

from correlator.cli import watch
from correlator.cli.watch import command
from correlator.errors import Permanent, Transient
from correlator.steps import drain
from correlator.store.people.tokens import mint
from correlator.store.session import open_engine, transaction
from correlator.store.tables import DeployRow, HealthVerdictRow
from correlator.types import Next
from correlator.world import World
from tests import builders
from tests.api_server import ApiServer, Asked, Told, api_server
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


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiServer]:
    """A server that is asked again without a pause; what is live no longer settles at once."""
    monkeypatch.setattr(watch, "EVERY_SECONDS", 0.01)
    monkeypatch.setattr(watch, "SETTLED_SECONDS", 0.0)
    with api_server() as made:
        yield made


def fared(health: str, service: str = "shop", **more: Any) -> dict[str, Any]:
    return {
        "service": service, "release": "v2", "environment": "production", "health": health,
        "because": "So it was seen.", "ratio": None, "is_live": True, **more,
    }  # fmt: skip


def answers(server: ApiServer, *bodies: Any) -> None:
    """Say one after the other, then the last for good; a number is the status of a failure."""
    left = list(bodies)

    def tell(_: Asked) -> Told:
        said = left.pop(0) if len(left) > 1 else left[0]
        return Told({"detail": "away"}, said) if isinstance(said, int) else Told(said)

    server.answers["/api/health"] = tell


def watch_there(server: ApiServer, *given: str, timeout: str = "20s") -> tuple[int, str]:
    asked = ["--release", "v2", "--server", server.url, "--timeout", timeout, *given]
    answer = CliRunner(env={"CORRELATOR_TOKEN": "t"}).invoke(command, asked)
    if answer.exception is not None and not isinstance(answer.exception, SystemExit):
        raise answer.exception
    return answer.exit_code, answer.output


def test_it_waits_for_a_release_that_nobody_has_told_of_yet(server: ApiServer) -> None:
    early, fine = {"deploys": [fared("too-early")]}, {"deploys": [fared("fine")]}
    answers(server, {"deploys": []}, early, fine)
    assert watch_there(server)[0] == 0
    assert len(server.asked) == 3


def test_a_server_that_is_away_for_a_while_is_asked_again(server: ApiServer) -> None:
    answers(server, 503, 502, {"deploys": [fared("worse")]})
    assert watch_there(server)[0] == 1


def test_a_server_that_never_answers_is_a_fault_and_no_verdict(server: ApiServer) -> None:
    answers(server, 503)
    with pytest.raises(Transient, match="503"):
        watch_there(server, timeout="1s")


def test_a_token_that_is_not_good_is_told_at_once(server: ApiServer) -> None:
    answers(server, 401)
    with pytest.raises(Permanent, match="token"):
        watch_there(server)
    assert len(server.asked) == 1


def test_each_service_that_was_named_must_be_there_and_fine(server: ApiServer) -> None:
    one, both = [fared("fine", "cart")], [fared("fine", "cart"), fared("fine", "pay")]
    answers(server, {"deploys": one}, {"deploys": both})
    assert watch_there(server, "--service", "cart", "--service", "pay")[0] == 0
    assert len(server.asked) == 2
    answers(server, {"deploys": one})
    code, said = watch_there(server, "--service", "cart", "--service", "pay", timeout="1s")
    assert (code, "pay: no deploy of v2 is known" in said) == (2, True)


def test_the_verdict_of_a_service_that_nobody_asked_for_does_not_count(server: ApiServer) -> None:
    answers(server, {"deploys": [fared("fine", "cart"), fared("worse", "other")]})
    assert watch_there(server, "--service", "cart", "--service", "cart")[0] == 0


def test_a_marker_that_was_not_read_yet_is_waited_for(server: ApiServer) -> None:
    """The verdict of when it was deployed last week says nothing of the roll-back to it."""
    answers(
        server,
        {"deploys": [fared("fine")], "waiting": 1},
        {"deploys": [fared("too-early")], "waiting": 0},
        {"deploys": [fared("worse")], "waiting": 0},
    )
    assert watch_there(server)[0] == 1


@pytest.mark.parametrize(
    ("entry", "code"),
    [(fared("cannot-tell"), 2), (fared("too-early", is_live=False), 2),
     (fared("fine", is_live=False), 0)],
)  # fmt: skip
def test_nobody_waits_for_what_will_never_be_told(
    server: ApiServer, entry: dict[str, Any], code: int
) -> None:
    answers(server, {"deploys": [entry]})
    assert watch_there(server)[0] == code
    assert len(server.asked) == 1


def test_the_server_tells_how_many_markers_wait_to_be_read(world: World) -> None:
    site = Site(world)
    token = site.keep(lambda session: mint(session, "ci", builders.a_project(session).id, NOW))
    headers = {"Authorization": f"Bearer {token}"}
    marker = {"release": "v2", "environment": "production"}
    assert site.client.post("/api/deploys", json=marker, headers=headers).status_code == 200
    assert asked_of(site, headers)["waiting"] == 1
    drain(site.world, Next("digest"))
    said = asked_of(site, headers)
    assert (said["waiting"], len(said["deploys"])) == (0, 1)


def asked_of(site: Site, headers: dict[str, str]) -> Any:
    return site.client.get("/api/health?release=v2", headers=headers).get_json()


def test_a_canary_that_runs_beside_it_does_not_make_a_deploy_history(world: World) -> None:
    site = Site(world)

    def build(session: Session) -> str:
        builders.a_project(session)
        a_release(session, "worse")
        row = DeployRow(project_id=1, service="shop", environment="production", release="v3",
                        at=NOW, received_at=NOW, stage="canary")  # fmt: skip
        session.add(row)
        return mint(session, "ci", 1, NOW)

    headers = {"Authorization": f"Bearer {site.keep(build)}"}
    said = asked_of(site, headers)
    assert [one["is_live"] for one in said["deploys"]] == [True]
