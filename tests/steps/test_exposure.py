"""Transactions and sessions: counted by hour, their bodies dropped at the door."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from correlator.sources import Declined
from correlator.sources.decompress import decompress
from correlator.steps import run
from correlator.store.session import reading
from correlator.store.tables import ExposureRow, InboxRow, IssueRow, TallyRow
from correlator.types import Next
from correlator.world import World
from tests.deliveries import AT, a_project_id, an_event, deliver, deliver_event
from tests.sentry_samples import sdk_sample

DIGEST = Next("digest")


def an_envelope(header: dict[str, Any], *items: tuple[str, dict[str, Any]]) -> bytes:
    lines = [json.dumps(header)]
    for kind, payload in items:
        lines += [json.dumps({"type": kind}), json.dumps(payload)]
    return "\n".join(lines).encode()


def a_call(name: str = "/pay", *, number: int = 1, **more: Any) -> bytes:
    payload = {
        "transaction": name,
        "release": "shop@2",
        "environment": "production",
        "timestamp": AT.timestamp(),
        "spans": [{"description": "SELECT secret"}],
        **more,
    }
    header = {"event_id": f"{number:032x}", "trace": {"sample_rate": "0.25"}}
    return an_envelope(header, ("transaction", payload))


def exposure(world: World) -> list[tuple[str, str, str, str, float]]:
    with reading(world.engine) as session:
        rows = session.exec(select(ExposureRow).order_by(col(ExposureRow.id)))
        return [(row.kind, row.name, row.release, row.service, row.count) for row in rows]


def take_in(world: World, project: int, *bodies: bytes) -> None:
    for body in bodies:
        deliver(world, project, "sentry-envelope", body, AT + timedelta(seconds=5))
    run(world, DIGEST)


def test_a_call_counts_for_as_many_as_its_sample_stands_for(world: World) -> None:
    project = a_project_id(world)
    take_in(world, project, a_call(number=1), a_call(number=2), a_call("/cart", number=3))
    assert exposure(world) == [
        ("calls", "/pay", "shop@2", "shop", 8.0),
        ("calls", "/cart", "shop@2", "shop", 4.0),
    ]


def test_a_call_that_comes_twice_is_counted_once(world: World) -> None:
    take_in(world, a_project_id(world), a_call(), a_call())
    assert exposure(world) == [("calls", "/pay", "shop@2", "shop", 4.0)]


def test_a_call_named_by_its_address_counts_for_the_service_only(world: World) -> None:
    named = a_call("/users/4711", transaction_info={"source": "url"}, tags={"service": "front"})
    take_in(world, a_project_id(world), named)
    assert exposure(world) == [("calls", "", "shop@2", "front", 4.0)]


@pytest.mark.parametrize("rate", ["0", "-1", "nonsense", "1e-30", None, [], "nan"])
def test_a_sample_rate_that_cannot_be_true_counts_one(world: World, rate: object) -> None:
    body = an_envelope(
        {"event_id": "a" * 32, "trace": {"sample_rate": rate}},
        ("transaction", {"transaction": "/pay"}),
    )
    take_in(world, a_project_id(world), body)
    assert [row[-1] for row in exposure(world)] == [1.0]


def test_the_body_of_a_call_is_dropped_at_the_door(world: World) -> None:
    deliver(world, a_project_id(world), "sentry-envelope", a_call())
    with reading(world.engine) as session:
        row = session.exec(select(InboxRow)).one()
    assert b"secret" not in decompress(row.body or b"", row.encoding, 10**6)


def test_sessions_are_counted_as_they_begin_and_sums_of_them_as_they_are(world: World) -> None:
    attrs = {"release": "shop@2", "environment": "production"}
    begun = {"sid": "b" * 32, "init": True, "started": AT.isoformat(), "attrs": attrs}
    ended = {**begun, "init": False, "status": "crashed"}
    summed = {
        "aggregates": [
            {"started": AT.isoformat(), "exited": 7, "errored": 2, "crashed": 1},
            {"started": (AT - timedelta(hours=1)).isoformat(), "exited": 5},
        ],
        "attrs": attrs,
    }
    take_in(world, a_project_id(world), an_envelope({}, ("session", begun), ("sessions", summed)))
    assert exposure(world) == [
        ("sessions", "", "shop@2", "shop", 5.0),
        ("sessions", "", "shop@2", "shop", 11.0),
    ]
    with pytest.raises(Declined):
        take_in(world, a_project_id(world, "other"), an_envelope({}, ("session", ended)))


def test_an_event_and_a_session_in_one_envelope_are_both_kept(world: World) -> None:
    project = a_project_id(world)
    session_item = {"sid": "c" * 32, "init": True, "attrs": {"release": "shop@2"}}
    event = an_event("total", release="shop@2")
    body = an_envelope({"event_id": event["event_id"]}, ("event", event), ("session", session_item))
    take_in(world, project, body)
    assert exposure(world) == [("sessions", "", "shop@2", "shop", 1.0)]
    with reading(world.engine) as session:
        assert session.exec(select(IssueRow)).one().times_seen == 1


@pytest.mark.parametrize(
    "payload",
    ["7", '{"aggregates": 7}', '{"aggregates": [{"exited": -4}]}', '{"aggregates": ["x"]}', "}"],
)
def test_what_counts_nothing_is_let_pass_and_not_kept(world: World, payload: str) -> None:
    from correlator.sources import Declined

    body = b'{}\n{"type":"sessions"}\n' + payload.encode()
    project = a_project_id(world)
    try:
        deliver(world, project, "sentry-envelope", body)
    except Declined:
        pass
    else:
        run(world, DIGEST)
    assert exposure(world) == []


def test_real_sdks_calls_and_sessions_are_counted(world: World) -> None:
    project = a_project_id(world)
    for name in ("python-2.75.0/transaction.2", "python-2.75.0/session_ok"):
        take_in(world, project, sdk_sample(name).decoded)
    kinds = {row[0]: row[1:] for row in exposure(world)}
    assert kinds["calls"] == ("import", "checkout@1.4.2+02a90c4", "shop", 1.0)
    assert kinds["sessions"] == ("", "checkout@1.4.2+02a90c4", "shop", 1.0)


def test_a_burst_is_told_from_failures_all_over_the_hour(world: World) -> None:
    project = a_project_id(world)
    for minute in (0, 1, 2, 31, 59):
        at = AT.replace(minute=minute)
        deliver_event(world, project, an_event("total", at=at), AT + timedelta(hours=1))
    run(world, DIGEST)
    with reading(world.engine) as session:
        row = session.exec(select(TallyRow)).one()
    assert (row.events, row.windows.bit_count()) == (5, 3)
