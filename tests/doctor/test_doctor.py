"""The doctor names each fault, says what to do about it, and is quiet where all is well."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from sqlmodel import Session

from correlator.cli import cli
from correlator.demo.house import MARK
from correlator.doctor import Finding, State, examine
from correlator.doctor.senders import same_release
from correlator.grouping import fingerprint
from correlator.store.intake import inbox
from correlator.store.issues.kept import keep_event
from correlator.store.session import open_engine, transaction
from correlator.store.tables import ProjectRow
from correlator.store.upkeep.timings import beat
from correlator.types import Inbound
from correlator.world import World
from tests import servers
from tests.builders import NOW, a_deploy, a_project, a_repo, a_trouble, an_event


def at_noon(world: World, **given: Any) -> World:
    return replace(world, now=lambda: NOW, settings=world.settings.model_copy(update=given))


def found(world: World) -> dict[str, Finding]:
    return {one.about: one for one in examine(world)}


def alive(session: Session, seconds: float = 3) -> None:
    for part in ("worker", "sweep"):
        beat(session, part, NOW - timedelta(seconds=seconds))


def receive(session: Session, project: ProjectRow, **given: Any) -> None:
    event = an_event(**{"at": NOW - timedelta(seconds=2), **given})
    keep_event(session, project, event, fingerprint(event), NOW)


def test_a_sound_installation_gets_no_advice(world: World, broker: servers.Broker) -> None:
    world = at_noon(world, redis_url=broker.url)
    with transaction(world.engine) as session:
        project = a_project(session)
        a_repo(session, project)
        a_deploy(session, project)
        receive(session, project)
        alive(session)
    assert [one for one in examine(world) if one.state is not State.WELL] == []


def test_a_broker_that_is_away_is_named_without_its_password(world: World) -> None:
    url = f"redis://:hush@127.0.0.1:{servers.free_port()}/0"
    broker = found(at_noon(world, redis_url=url))["broker"]
    assert broker.state is State.WRONG
    assert "hush" not in broker.said
    assert "CORRELATOR_REDIS_URL" in broker.advice


def test_a_silent_worker_and_a_silent_beat_are_told_apart(world: World) -> None:
    world = at_noon(world)
    assert found(world)["worker"].said == "no worker has done anything, ever"
    with transaction(world.engine) as session:
        beat(session, "worker", NOW - timedelta(seconds=5))
        beat(session, "sweep", NOW - timedelta(minutes=10))
    seen = found(world)
    assert seen["worker"].state is State.WELL
    assert seen["beat"].said == "workers live, but no sweep for 600 s"
    assert seen["beat"].advice.endswith("beat.")


def test_a_learner_that_stands_still_is_told_of(world: World) -> None:
    world = at_noon(world)
    with transaction(world.engine) as session:
        beat(session, "report", NOW - timedelta(hours=2))
    seen = found(world)
    assert "reports, failure classes and training wait" in seen["learner"].said
    with transaction(world.engine) as session:
        beat(session, "report", NOW)
    assert found(world)["learner"].said == "looked for reports 0 s ago"


def test_an_old_inbox_open_trouble_and_a_sick_repository_are_named(world: World) -> None:
    world = at_noon(world)
    with transaction(world.engine) as session:
        project = a_project(session)
        a_repo(session, project, state="trouble", problem="The address asks for a password.")
        a_trouble(session, project)
        inbox.receive(
            session,
            Inbound(
                project_id=project.id or 0,
                source="sentry-envelope",
                delivery="d",
                body=b"{}",
                received_at=NOW - timedelta(minutes=5),
            ),
        )
    seen = found(world)
    assert seen["inbox"].said == "1 deliveries wait, the oldest for 300 s"
    assert seen["trouble"].said == "open: 1 of digest"
    assert seen["repository acme/shop"].said == "The address asks for a password."
    assert all(seen[name].state is State.WRONG for name in ("inbox", "trouble"))


def test_a_project_without_code_is_told_how_to_get_some(world: World) -> None:
    with transaction(world.engine) as session:
        a_project(session)
    assert "correlator repo add" in found(at_noon(world))["project shop"].advice


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("v1.2.3", "1.2.3", True),
        ("shop@1.2.3", "1.2.3", True),
        ("shop@1.2.3+7", "V1.2.3", True),
        ("shop@" + "a1" * 20, "a1" * 4, True),
        ("1.2.3", "1.2.4", False),
        ("a1" * 20, "b2" * 4, False),
        ("", "v", False),
    ],
)
def test_names_of_one_release_are_known_by_their_spelling(one: str, other: str, same: bool) -> None:
    assert same_release(one, other) is same


def test_a_release_spelt_differently_in_deploys_is_named_with_the_remedy(world: World) -> None:
    world = at_noon(world)
    with transaction(world.engine) as session:
        project = a_project(session)
        receive(session, project, release="shop@1.4.0")
        a_deploy(session, project, release="v1.4.0")
    seen = found(world)["releases of shop"]
    assert seen.state is State.WRONG
    assert "'shop@1.4.0'" in seen.said
    assert "'v1.4.0'" in seen.said
    assert "--release 'shop@1.4.0'" in seen.advice


def test_events_without_a_release_are_named(world: World) -> None:
    world = at_noon(world)
    with transaction(world.engine) as session:
        receive(session, a_project(session), release=None)
    assert found(world)["releases of shop"].said == "events name no release"


def test_clocks_that_go_wrong_either_way_are_named(world: World) -> None:
    world = at_noon(world)
    ahead = ("timestamp lies ahead of the time of receipt, which is used instead",)
    with transaction(world.engine) as session:
        receive(session, a_project(session, "early"), at=NOW, notes=ahead)
        receive(session, a_project(session, "late"), at=NOW - timedelta(hours=1))
        receive(session, a_project(session, "right"))
    seen = found(world)
    assert "from the future" in seen["clocks of early"].said
    assert "60 min late" in seen["clocks of late"].said
    assert seen["clocks of right"].state is State.WELL


def test_the_demo_turns_its_clock_back_on_purpose(world: World) -> None:
    world = at_noon(world)
    with transaction(world.engine) as session:
        receive(session, a_project(session, "checkout"), at=NOW - timedelta(days=9))
    assert found(world)["clocks of checkout"].state is State.WRONG
    (world.settings.data_dir / MARK).touch()
    clocks = found(world)["clocks of checkout"]
    assert clocks.state is State.WELL
    assert "9 d late" in clocks.said


def test_a_database_that_is_away_is_the_fault_and_the_rest_is_unknown(world: World) -> None:
    away = open_engine(f"postgresql://nobody:hush@127.0.0.1:{servers.free_port()}/x")
    seen = found(replace(at_noon(world), engine=away))
    away.dispose()
    assert seen["database"].state is State.WRONG
    assert "hush" not in seen["database"].said
    assert seen["life"].state is State.UNKNOWN


def test_tables_that_are_missing_are_told_from_a_database_that_is_away(world: World) -> None:
    with world.engine.begin() as connection:
        connection.execute(sa.text("alter table heartbeat rename to elsewhere"))
        connection.execute(sa.text("update alembic_version set version_num = '0000'"))
    seen = found(at_noon(world))
    assert "correlator migrate" in seen["database"].advice
    assert seen["life"].state is State.UNKNOWN


def test_a_secret_that_others_may_read_is_named(world: World) -> None:
    world.settings.secret()
    kept = world.settings.data_dir / "secret_key"
    assert found(at_noon(world))["secret key"].state is State.WELL
    kept.chmod(0o644)
    assert found(at_noon(world))["secret key"].advice == f"chmod 600 {kept}"


def run(data_dir: Path, *arguments: str, **more: str) -> Result:
    environment = {"CORRELATOR_DATA_DIR": str(data_dir), "CORRELATOR_DATABASE_URL": "", **more}
    return CliRunner().invoke(cli, ["doctor", *arguments], env=environment)


def test_the_command_says_what_is_wrong_by_its_exit_code_too(tmp_path: Path) -> None:
    (tmp_path / "correlator.sqlite").touch()  # a database without tables
    done = run(tmp_path)
    assert done.exit_code == 1
    assert "-> Run `correlator migrate`" in done.output
    said = json.loads(run(tmp_path, "--json").stdout)
    assert {"database", "broker", "disk"} <= {one["about"] for one in said}


def test_where_nothing_was_ever_kept_that_is_what_is_wrong(tmp_path: Path) -> None:
    done = run(tmp_path / "new")
    assert done.exit_code == 1
    assert "-> correlator up starts one" in done.output
    assert not (tmp_path / "new").exists()


def test_settings_that_cannot_be_used_are_a_finding_not_a_crash(tmp_path: Path) -> None:
    done = run(tmp_path / "new", CORRELATOR_PORT="eighty")
    assert done.exit_code == 1
    assert "CORRELATOR_PORT" in done.output
