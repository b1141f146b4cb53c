"""/metrics says how things stand, to those who may know."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from sqlmodel import Session

from correlator.steps import drain, run
from correlator.store.intake import inbox
from correlator.store.session import transaction
from correlator.store.tables import EventRow, IssueRow
from correlator.store.upkeep import counts
from correlator.store.upkeep.timings import Bucket, add_timings, beat
from correlator.types import Inbound, Next
from correlator.world import World
from tests.builders import NOW, a_project, a_trouble, a_whole_story
from web.app import create_app

COUNTED = ("correlator_issues", "correlator_verdicts", "correlator_event_bytes",
           "correlator_counted_seconds")  # fmt: skip


def wake(_todo: Next) -> bool:
    return True


def client_of(world: World, **given: Any) -> Any:
    settings = world.settings.model_copy(update=given)
    app = create_app(World(settings=settings, engine=world.engine, now=lambda: NOW), wake)
    return app.test_client()


def at(world: World, now: datetime) -> World:
    return World(settings=world.settings, engine=world.engine, now=lambda: now)


def measured(text: str) -> dict[tuple[str, ...], float]:
    """Value by name of the sample and its sorted labels' values."""
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def a_delivery(session: Session, project_id: int | None) -> None:
    inbox.receive(
        session,
        Inbound(
            project_id=project_id or 0,
            source="sentry-envelope",
            delivery="d",
            body=b"{}",
            received_at=NOW - timedelta(seconds=90),
        ),
    )


def test_what_the_database_knows_is_measured(world: World) -> None:
    with transaction(world.engine) as session:
        issue = a_whole_story(session)
        project = a_project(session, "other")
        a_trouble(session, project)
        a_delivery(session, project.id)
        beat(session, "sweep", NOW - timedelta(seconds=7))
        assert issue.verdict_id is not None
    answer = client_of(world).get("/metrics")
    assert answer.status_code == 200
    seen = measured(answer.text)
    assert seen["correlator_database_up",] == 1
    assert seen["correlator_inbox_waiting",] == 1
    assert seen["correlator_inbox_oldest_seconds",] == 90
    assert seen["correlator_troubles_open", "digest"] == 1
    assert seen["correlator_repositories", "ready"] == 1
    assert seen["correlator_heartbeat_seconds", "sweep"] == 7


def test_what_has_to_be_counted_a_worker_has_counted_and_its_age_is_told(world: World) -> None:
    with transaction(world.engine) as session:
        issue = a_whole_story(session)
        event = session.get(EventRow, issue.first_event_id)
        assert event
        event.stored_bytes = 1234
    assert not [name for name in measured(client_of(world).get("/metrics").text)
                if name[0] in COUNTED]  # fmt: skip
    counting = at(world, NOW - timedelta(seconds=40))
    assert Next("count") in run(counting, Next("sweep"))
    drain(counting, Next("count"))
    seen = measured(client_of(world).get("/metrics").text)
    assert seen["correlator_counted_seconds",] == 40
    assert seen["correlator_issues", "open"] == 1
    assert seen["correlator_verdicts", "named"] == 1
    assert seen["correlator_event_bytes",] == 1234


def test_counts_follow_what_moved_after_a_minute(world: World) -> None:
    with transaction(world.engine) as session:
        issue = a_whole_story(session)
    drain(at(world, NOW - timedelta(seconds=70)), Next("count"))
    with transaction(world.engine) as session:
        row = session.get(IssueRow, issue.id)
        assert row
        row.status = "resolved"
    too_soon = at(world, NOW - timedelta(seconds=20))
    assert Next("count") not in run(too_soon, Next("sweep"))
    drain(too_soon, Next("count"))
    assert measured(client_of(world).get("/metrics").text)["correlator_issues", "open"] == 1
    drain(at(world, NOW), Next("count"))
    seen = measured(client_of(world).get("/metrics").text)
    assert seen["correlator_counted_seconds",] == 0
    assert seen["correlator_issues", "resolved"] == 1
    assert ("correlator_issues", "open") not in seen


def test_what_took_long_to_count_is_counted_the_more_seldom(world: World) -> None:
    with transaction(world.engine) as session:
        counts.keep(session, {}, NOW - timedelta(minutes=9), seconds=3.0)
        assert not counts.is_due(session, NOW)
        assert counts.is_due(session, NOW + timedelta(minutes=1))
        counts.keep(session, {"late": {}}, NOW - timedelta(minutes=10), seconds=1.0)
        kept = counts.newest(session)
        assert kept
        assert (kept.counts, kept.seconds) == ({}, 3.0)


def test_times_of_all_workers_are_one_histogram(world: World) -> None:
    for _worker in range(2):
        with transaction(world.engine) as session:
            add_timings(
                session,
                [
                    Bucket("git", "blame", 0.05, times=3, seconds=0.1),
                    Bucket("git", "blame", 0.0, times=1, seconds=400.0),
                    Bucket("step", "digest", 0.01, times=5, seconds=0.04),
                ],
            )
    seen = measured(client_of(world).get("/metrics").text)
    assert seen["correlator_git_seconds_bucket", "0.05", "blame"] == 6
    assert seen["correlator_git_seconds_bucket", "+Inf", "blame"] == 8
    assert seen["correlator_git_seconds_count", "blame"] == 8
    assert seen["correlator_git_seconds_sum", "blame"] == pytest.approx(800.2)
    assert seen["correlator_step_seconds_count", "digest"] == 10


def test_a_refused_delivery_is_counted_by_its_reason(world: World) -> None:
    client = client_of(world)
    key = ("correlator_refused_total", "envelope", "no_key")
    before = measured(client.get("/metrics").text).get(key, 0)
    assert client.post("/api/1/envelope/", data=b"{}").status_code == 401
    after = measured(client.get("/metrics").text)
    found = [value for name, value in after.items() if name[0] == key[0] and key[2] in name]
    assert sum(found) >= before + 1


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"environ_base": {"REMOTE_ADDR": "127.0.0.1"}}, 200),
        ({"environ_base": {"REMOTE_ADDR": "::1"}}, 200),
        ({"environ_base": {"REMOTE_ADDR": "::ffff:127.0.0.1"}}, 200),
        ({"environ_base": {"REMOTE_ADDR": "192.0.2.7"}}, 403),
        ({"headers": {"X-Forwarded-For": "127.0.0.1"}}, 403),
        (
            {
                "environ_base": {"REMOTE_ADDR": "192.0.2.7"},
                "headers": {"Authorization": "Bearer open sesame"},
            },
            200,
        ),
        (
            {
                "environ_base": {"REMOTE_ADDR": "192.0.2.7"},
                "headers": {"Authorization": "Bearer open"},
            },
            403,
        ),
    ],
)
def test_only_this_machine_or_a_token_may_read_them(
    world: World, asked: dict[str, Any], status: int
) -> None:
    client = client_of(world, metrics_token=SecretStr("open sesame"))
    assert client.get("/metrics", **asked).status_code == status


def test_a_network_can_be_let_in(world: World) -> None:
    client = client_of(world, metrics_from=("192.0.2.0/24",))
    asked = {"environ_base": {"REMOTE_ADDR": "192.0.2.7"}}
    assert client.get("/metrics", **asked).status_code == 200
    assert client.get("/metrics").status_code == 403
