"""Deploys that forges and sentry-cli tell of: their real payloads, and what they become."""

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from correlator.errors import Permanent
from correlator.settings import Settings
from correlator.steps import drain
from correlator.store.session import open_engine, reading
from correlator.store.tables import DeployRow, FailedRollOutRow
from correlator.types import Deploy, Next
from correlator.world import World
from tests.web.door import Door, at
from tests.web.test_forge_hooks import DATA, github, gitlab, sample

CLI = DATA.parent / "sentry" / "cli"
GITHUB_SHA = "f95f852bd8fca8fcc58a9a2d6c842781e32a215e"
GITLAB_SHA = "02a90c4e2735a2449103da36ad18cca5956186aa"


@pytest.fixture
def door(sqlite_url: str, tmp_path: Path) -> Iterator[Door]:
    engine = open_engine(sqlite_url)
    now = at("2026-11-21T12:00:00+00:00")
    yield Door(World(settings=Settings(data_dir=tmp_path), engine=engine, now=lambda: now))
    engine.dispose()


def kept(door: Door) -> list[DeployRow]:
    """The deploys that came of what the door took."""
    drain(door.world, Next("digest"))
    with reading(door.world.engine) as session:
        return list(session.exec(select(DeployRow).order_by(col(DeployRow.at))))


def a_status(**given: Any) -> Any:
    """GitHub's hook, with other fields of its status."""
    said = deepcopy(sample("deployment_status.created"))
    said["deployment_status"] |= given
    return said


def tell(door: Door, **marker: Any) -> Any:
    headers = {"Authorization": f"Bearer {door.token()}"}
    return door.client.post("/api/deploys", json=marker, headers=headers)


def test_the_recorded_hook_of_github_becomes_a_deploy(door: Door) -> None:
    headers = sample("deployment_status.created.headers")
    del headers["secret"], headers["source"]
    body = (DATA / "deployment_status.created.json").read_bytes()
    assert door.client.post("/hooks/github/shop", data=body, headers=headers).status_code == 200
    (row,) = kept(door)
    assert (row.release, row.revision) == (GITHUB_SHA, GITHUB_SHA)
    assert (row.service, row.environment, row.actor) == ("shop", "production", "Codertocat")
    assert row.at == at("2019-05-15T15:20:55+00:00")


def test_the_hook_of_gitlab_becomes_a_deploy_of_the_full_hash(door: Door) -> None:
    assert gitlab(door, sample("deployment.success")).status_code == 200
    (row,) = kept(door)
    assert (row.release, row.revision, row.environment) == (GITLAB_SHA, GITLAB_SHA, "production")
    assert row.at == at("2026-11-20T10:50:00+00:00")
    assert (row.actor, row.url) == (
        "ann", "https://gitlab.example.test/acme/checkout-svc/-/jobs/796",
    )  # fmt: skip


def test_the_payload_of_a_deployment_names_its_release_and_service(door: Door) -> None:
    said = a_status()
    said["deployment"]["payload"] = {"release": "cart@1.4.2", "service": "cart"}
    github(door, "deployment_status", said)
    (row,) = kept(door)
    assert (row.release, row.service, row.revision) == ("cart@1.4.2", "cart", GITHUB_SHA)


@pytest.mark.parametrize("state", ["pending", "queued", "in_progress", "inactive", "unheard-of"])
def test_a_deployment_that_has_not_finished_is_no_deploy(door: Door, state: str) -> None:
    assert github(door, "deployment_status", a_status(state=state)).status_code == 200
    assert gitlab(door, {**sample("deployment.success"), "status": state}).status_code == 200
    assert door.rows() == []


def test_what_lives_as_long_as_a_branch_is_no_environment(door: Door) -> None:
    passing = a_status()
    passing["deployment"]["transient_environment"] = True
    github(door, "deployment_status", passing)
    gitlab(door, {**sample("deployment.success"), "environment": "review/new-cart"})
    assert door.rows() == []


def test_a_deployment_that_failed_is_a_failed_roll_out(door: Door) -> None:
    github(door, "deployment_status", a_status(state="failure"), "1")
    github(
        door, "deployment_status", a_status(state="error", created_at="2019-05-15T16:00:00Z"), "2"
    )
    gitlab(door, {**sample("deployment.success"), "status": "failed"})
    assert kept(door) == []
    with reading(door.world.engine) as session:
        assert len(session.exec(select(FailedRollOutRow)).all()) == 3


def test_jobs_and_repetitions_of_one_deployment_are_one_deploy(door: Door) -> None:
    for delivery, time in (
        ("1", "15:20:55"),
        ("1", "15:20:55"),
        ("2", "15:24:00"),
        ("3", "15:19:00"),
    ):
        said = a_status(created_at=f"2019-05-15T{time}Z")
        github(door, "deployment_status", said, delivery)
    (row,) = kept(door)
    assert row.at == at("2019-05-15T15:19:00+00:00")


@pytest.mark.parametrize("hook_first", [True, False])
def test_a_hook_beside_a_marker_is_one_deploy_by_the_markers_name(
    door: Door, hook_first: bool
) -> None:
    marker = {"release": "shop@1.4.2", "environment": "production", "revision": GITLAB_SHA,
              "at": "2026-11-20T10:51:00Z"}  # fmt: skip
    tellers = [lambda: gitlab(door, sample("deployment.success")), lambda: tell(door, **marker)]
    for one in tellers if hook_first else reversed(tellers):
        assert one().status_code == 200
        kept(door)
    assert [row.release for row in kept(door)] == ["shop@1.4.2"]


def test_a_hook_that_lacks_what_names_it_is_told_as_trouble(door: Door) -> None:
    said = a_status()
    said["deployment"]["sha"] = "main"
    assert github(door, "deployment_status", said).status_code == 200
    with pytest.raises(Permanent, match="lacks its sha"):
        door.facts()


def test_a_forges_clock_that_goes_ahead_puts_no_deploy_into_the_future(door: Door) -> None:
    github(door, "deployment_status", a_status(created_at="2030-01-01T00:00:00Z"))
    (fact,) = door.facts()
    assert isinstance(fact, Deploy)
    assert fact.at == door.world.now()


@pytest.mark.parametrize("name", ["deploys-new", "deploys-new-times"])
def test_sentry_cli_tells_of_a_deploy_and_gets_the_answer_it_waits_for(
    door: Door, name: str
) -> None:
    asked = json.loads((CLI / f"{name}.json").read_text())["exchanges"][0]["request"]
    headers = {**asked["headers"], "Authorization": f"Bearer {door.token(42)}"}
    del headers["Content-Length"], headers["Host"]
    answer = door.client.post(asked["path"], json=asked["body"], headers=headers)
    assert answer.status_code == 201
    assert answer.get_json()["environment"] == asked["body"]["environment"]
    assert answer.get_json()["id"]
    (row,) = kept(door)
    assert (row.release, row.url) == ("checkout@1.4.2", asked["body"]["url"])
    assert row.at.replace(microsecond=0) == at(asked["body"]["dateFinished"][:19] + "+00:00")


def test_sentry_cli_is_told_what_is_wrong(door: Door) -> None:
    path = "/api/0/organizations/acme/releases/v1/deploys/"
    assert door.client.post(path, json={"environment": "production"}).status_code == 401
    headers = {"Authorization": f"Bearer {door.token(42)}"}
    answer = door.client.post(path, json={"environment": None}, headers=headers)
    assert (answer.status_code, "environment" in answer.get_json()["detail"]) == (400, True)
    assert door.client.post(path, data=b"[]", headers=headers).status_code == 400
    assert door.rows() == []


def test_sentry_cli_which_names_no_project_is_told_how_else_to_say_which(door: Door) -> None:
    door.add_project(43, "search", "b" * 32)
    path = "/api/0/organizations/acme/releases/v1/deploys/"
    headers = {"Authorization": f"Bearer {door.token()}"}
    answer = door.client.post(path, json={"environment": "production"}, headers=headers)
    assert answer.status_code == 400
    assert "a token of that project alone" in answer.get_json()["detail"]
