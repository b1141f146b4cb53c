"""What real SDKs and Sentry servers send is kept as it came, answered, and can be read later."""

import base64
import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import brotli
import pytest
import zstandard

from correlator import sources
from correlator.errors import Permanent
from correlator.settings import Settings
from correlator.store.people import tokens
from correlator.store.session import open_engine, reading
from correlator.types import Deploy, Event, Exposure, ExposureKind, Next
from correlator.world import World
from tests.sentry_samples import KEY, hook, hook_names, sdk_sample, sdk_samples
from tests.web.door import AUTH, Door, at, inbound_of

EVENT = {"event_id": "a" * 32, "message": "it broke", "release": "shop@1", "timestamp": 1795171200}


def _now() -> datetime:
    return at("2026-11-21T12:00:00+00:00")


@pytest.fixture
def door(sqlite_url: str, tmp_path: Path) -> Iterator[Door]:
    engine = open_engine(sqlite_url)
    settings = Settings(data_dir=tmp_path / "data")
    yield Door(World(settings=settings, engine=engine, now=_now))
    engine.dispose()


@pytest.fixture
def either_door(world: World) -> Door:
    """The door over each kind of database."""
    return Door(replace(world, now=_now))


def test_every_request_of_a_real_sdk_is_answered_and_every_event_is_kept(either_door: Door) -> None:
    sent: dict[str, dict[str, Any]] = {}
    for sample in sdk_samples():
        answer = either_door.send(sample)
        assert answer.status_code == 200, (sample.name, answer.data)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        if sample.event is not None:
            assert answer.json["id"] == sample.event["event_id"]
            sent[sample.event["event_id"]] = sample.event
    facts = either_door.facts()
    events = [fact.event_id for fact in facts if isinstance(fact, Event)]
    assert sorted(events) == sorted(sent)
    assert len(sent) > 30
    counted = {fact.kind for fact in facts if isinstance(fact, Exposure)}
    assert counted == {ExposureKind.CALLS, ExposureKind.SESSIONS}
    assert either_door.woken == [Next("digest")] * len(either_door.rows())


def test_the_bytes_are_kept_as_they_came(door: Door) -> None:
    for name in ("python-2.75.0/group", "node-10.40.0/cause.2", "raven-6.10.0/handled"):
        sample = sdk_sample(name)
        door.send(sample)
        assert door.rows()[-1].body == sample.body


def test_the_same_event_again_is_answered_but_kept_once(either_door: Door) -> None:
    sample = sdk_sample("python-2.75.0/handled")
    assert either_door.send(sample).json == either_door.send(sample).json
    assert len(either_door.rows()) == 1
    assert len(either_door.woken) == 1


def test_an_envelope_with_nothing_that_is_kept_is_answered_and_kept_nowhere(door: Door) -> None:
    answer = door.send(sdk_sample("python-2.75.0/checkin.1"))
    assert answer.status_code == 200
    assert door.envelope(b"{}").json == {}
    assert door.envelope(b'{"event_id":"' + b"b" * 32 + b'"}').json == {"id": "b" * 32}
    assert door.rows() == []
    assert door.woken == []


def test_sdks_are_told_which_items_they_need_not_send(door: Door) -> None:
    seconds, kinds, scope, *_ = door.envelope(b"{}").headers["X-Sentry-Rate-Limits"].split(":")
    assert int(seconds) > 0
    assert scope == "organization"
    assert {"replay", "profile", "attachment"} <= set(kinds.split(";"))
    assert not {"error", "transaction", "session", "default", ""} & set(kinds.split(";"))


def test_a_large_attachment_is_not_carried_along(door: Door) -> None:
    event = json.dumps(EVENT).encode()
    header = b'{"event_id":"' + b"a" * 32 + b'"}\n'
    blob = b"x" * 300_000
    door.envelope(
        header
        + b'{"type":"attachment","length":%d}\n%b\n{"type":"event"}\n%b\n'
        % (len(blob), blob, event)
    )
    (row,) = door.rows()
    assert row.body is not None
    assert len(row.body) < 1000
    (fact,) = door.facts()
    assert isinstance(fact, Event)
    assert fact.formatted == "it broke"


def test_the_header_of_an_envelope_names_the_event_and_dashes_do_not_matter(door: Door) -> None:
    body = b'{"event_id":"4ea63ec2-2333-4cf5-af18-5e3b8f5dfb8b"}\n{"type":"event"}\n{"message":"m"}'
    assert door.envelope(body).json == {"id": "4ea63ec223334cf5af185e3b8f5dfb8b"}
    (fact,) = door.facts()
    assert isinstance(fact, Event)
    assert fact.event_id == "4ea63ec223334cf5af185e3b8f5dfb8b"


def test_an_event_without_an_id_is_given_one_that_stays(door: Door) -> None:
    named = door.envelope(b'{}\n{"type":"event"}\n{"message":"m"}').json["id"]
    assert len(named) == 32
    first, second = door.facts(), door.facts()
    assert first == second
    assert isinstance(first[0], Event)
    assert first[0].event_id == named


def test_a_clock_that_is_off_shows_in_sent_at_and_is_made_up_for(door: Door) -> None:
    header = b'{"sent_at":"2026-11-21T14:00:00Z"}'
    item = b'\n{"type":"event"}\n{"message":"m","timestamp":"2026-11-21T13:59:58Z"}'
    door.envelope(header + item)
    (fact,) = door.facts()
    assert isinstance(fact, Event)
    assert fact.at == at("2026-11-21T11:59:58+00:00")
    assert fact.notes


def test_an_unknown_item_does_not_cost_the_event_beside_it(door: Door) -> None:
    door.envelope(
        b'{}\n{"type":"news","x":1}\n!!\n{"type":"event"}\n{"message":"m"}\n{"type":"z"}\n'
    )
    assert len(door.facts()) == 1


@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("", bytes),
        ("identity", bytes),
        ("GZIP", gzip.compress),
        ("deflate", zlib.compress),
        ("br", brotli.compress),
        ("zstd", zstandard.compress),
    ],
)
@pytest.mark.parametrize("path", ["store", "envelope"])
def test_each_coding_is_taken(door: Door, coding: str, pack: Any, path: str) -> None:
    body = json.dumps(EVENT).encode()
    if path == "envelope":
        body = b'{}\n{"type":"event"}\n' + body
    headers = {**AUTH, **({"Content-Encoding": coding} if coding else {})}
    answer = door.client.post(f"/api/42/{path}/", data=pack(body), headers=headers)
    assert answer.json == {"id": "a" * 32}
    assert len(door.facts()) == 1


def test_the_oldest_clients_send_base64_and_say_so_nowhere(door: Door) -> None:
    answer = door.store(base64.b64encode(zlib.compress(json.dumps(EVENT).encode())))
    assert answer.json == {"id": "a" * 32}
    assert len(door.facts()) == 1


def test_json_as_it_is_really_written_is_taken(door: Door) -> None:
    body = b'{"event_id":"%b","message":"a\\ud800b \xff","extra":{"n":NaN}}' % (b"c" * 32)
    assert door.store(body).json == {"id": "c" * 32}
    (fact,) = door.facts()
    assert isinstance(fact, Event)
    assert fact.formatted.startswith("a")


@pytest.mark.parametrize("path", ["/api/42/store/", "/api/42/store", "/api/shop/store/"])
def test_a_project_is_named_by_number_or_slug_and_the_last_slash_is_free(
    door: Door, path: str
) -> None:
    assert door.client.post(path, data=json.dumps(EVENT), headers=AUTH).status_code == 200


def test_a_number_is_a_number_even_where_a_slug_looks_like_it(door: Door) -> None:
    door.add_project(7, "42", "f" * 32)
    door.store(json.dumps(EVENT).encode())
    assert [row.project_id for row in door.rows()] == [42]


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({"X-Sentry-Auth": f"Sentry sentry_key={KEY}"}, ""),
        ({"X-Sentry-Auth": f"sentry sentry_version=7,sentry_key={KEY},sentry_client=x"}, ""),
        ({"X-Sentry-Auth": f"Sentry  sentry_client=x ,  sentry_key = {KEY} , sentry_secret=y"}, ""),
        ({"X-Sentry-Auth": f"sentry_key={KEY}"}, ""),
        ({"Authorization": f"Sentry sentry_key={KEY}, sentry_version=5"}, ""),
        ({"Authorization": "Basic eDp5"}, f"?sentry_version=7&sentry_key={KEY}"),
        ({}, f"?sentry_key={KEY}"),
    ],
)
def test_the_key_may_come_in_any_of_the_ways_there_are(
    door: Door, headers: dict[str, str], query: str
) -> None:
    answer = door.client.post(f"/api/42/store/{query}", data=json.dumps(EVENT), headers=headers)
    assert answer.status_code == 200


@pytest.mark.parametrize("coding", ["", "gzip"])
def test_the_key_may_come_in_the_envelope_itself(door: Door, coding: str) -> None:
    header = json.dumps({"dsn": f"https://{KEY}@ingest.test/42"}).encode()
    body = header + b'\n{"type":"event"}\n' + json.dumps(EVENT).encode()
    packed = gzip.compress(body) if coding else body
    sent = {"Content-Encoding": coding} if coding else {}
    assert door.client.post("/api/42/envelope/", data=packed, headers=sent).status_code == 200
    assert len(door.facts()) == 1


@pytest.mark.parametrize("path", ["/api/42/envelope/", "/api/42/envelope", "/api/42/store/"])
def test_a_browser_may_ask_first(door: Door, path: str) -> None:
    answer = door.client.options(path, headers={"Origin": "https://shop.test"})
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "x-sentry-auth" in answer.headers["Access-Control-Allow-Headers"]
    assert answer.headers["Access-Control-Allow-Methods"] == "POST, OPTIONS"


def test_what_was_kept_can_be_scrubbed_and_read_again_all_the_same(door: Door) -> None:
    for sample in sdk_samples():
        door.send(sample)
    limits = sources.limits_of(door.world.settings)
    for row in door.rows():
        inbound = inbound_of(row)
        kept = sources.scrubbed_body(inbound, limits=limits, secret=b"secret")
        assert b'"email":"shopper@example.test"' not in kept
        again = sources.parse(
            replace(inbound, body=kept, encoding=""), secret=b"secret", limits=limits
        )
        assert again == door.read(row)


def test_of_a_body_that_cannot_be_taken_apart_the_text_is_kept_scrubbed(door: Door) -> None:
    limits = sources.limits_of(door.world.settings)
    door.store(json.dumps(EVENT).encode())
    inbound = replace(inbound_of(door.rows()[0]), body=b"not json; password='hunter2hunter2'")
    with pytest.raises(Permanent):
        sources.parse(inbound, secret=b"", limits=limits)
    kept = sources.scrubbed_body(inbound, limits=limits)
    assert kept.startswith(b"not json; password='")
    assert b"hunter2" not in kept


# --- webhooks ------------------------------------------------------------------------------------


WITH_EVENT = ["error.created", "event_alert.triggered", "event_alert.triggered.with_settings"]


@pytest.mark.parametrize("name", WITH_EVENT)
def test_a_signed_hook_with_an_event_is_kept_and_read(door: Door, name: str) -> None:
    headers, body = hook(name)
    assert door.client.post("/hooks/sentry/shop", data=body, headers=headers).status_code == 200
    assert door.rows()[0].body == body
    (fact,) = door.facts()
    assert isinstance(fact, Event)
    assert fact.raised is not None
    assert fact.raised.type == "KeyError"
    assert fact.trace[-1].filename == "checkout/pricing.py"
    assert fact.sentry_issue is not None
    assert fact.sentry_issue.isdigit()
    assert fact.tags["tier"] == "gold"
    assert fact.notes == ()


# What a fix was resolved in is read, too, and agents' work.
READ_TOO = ("seer.", "issue.resolved")
NOT_UNDERSTOOD = sorted(
    name for name in hook_names() if name not in WITH_EVENT and not name.startswith(READ_TOO)
)


@pytest.mark.parametrize("name", ["issue.resolved", "issue.resolved.with_commit"])
def test_a_hook_of_a_resolved_issue_is_understood(door: Door, name: str) -> None:
    headers, body = hook(name)
    assert door.client.post("/hooks/sentry/shop", data=body, headers=headers).status_code == 200
    (row,) = door.rows()
    assert len(door.read(row)) == 1


@pytest.mark.parametrize("name", NOT_UNDERSTOOD)
def test_any_other_signed_hook_is_taken_and_said_to_be_not_understood(
    door: Door, name: str
) -> None:
    headers, body = hook(name)
    assert door.client.post("/hooks/sentry/shop", data=body, headers=headers).status_code == 200
    (row,) = door.rows()
    assert row.body == body
    with pytest.raises(Permanent, match=".".join(name.split(".")[:2])):
        door.read(row)


def test_a_hook_sent_again_under_a_new_request_id_is_kept_once(door: Door) -> None:
    for name in ("error.created", "issue.resolved"):
        headers, body = hook(name)
        for attempt in ("1" * 32, "2" * 32):
            answer = door.client.post(
                "/hooks/sentry/shop", data=body, headers={**headers, "Request-ID": attempt}
            )
            assert answer.status_code == 200
    assert len(door.rows()) == 2
    assert len(door.woken) == 2


def test_a_hook_that_is_not_understood_can_be_kept_without_secrets(door: Door) -> None:
    headers, body = hook("installation.created")
    door.client.post("/hooks/sentry/shop", data=body, headers=headers)
    said = json.loads(body)["data"]["installation"]
    kept = sources.scrubbed_body(
        inbound_of(door.rows()[0]), limits=sources.limits_of(door.world.settings)
    )
    assert said["uuid"].encode() in kept
    assert said["code"].encode() not in kept


# --- deploy markers ------------------------------------------------------------------------------

MARKER = {"release": "shop@1.4.2", "environment": "production", "at": "2026-11-21T11:00:00Z"}


def post_marker(door: Door, marker: Any, token: str | None = None, **headers: str) -> Any:
    bearer = {"Authorization": f"Bearer {token or door.token()}"}
    return door.client.post("/api/deploys", json=marker, headers={**bearer, **headers})


def test_a_deploy_marker_is_kept_and_read(either_door: Door) -> None:
    whole = {
        **MARKER,
        "service": "cart",
        "revision": "A" * 40,
        "actor": "ann",
        "url": "https://ci.test/1",
    }
    answer = post_marker(either_door, whole)
    assert (answer.status_code, answer.json["accepted"]) == (200, True)
    assert either_door.facts() == [
        Deploy(
            release="shop@1.4.2",
            environment="production",
            service="cart",
            revision="a" * 40,
            at=at("2026-11-21T11:00:00+00:00"),
            actor="ann",
            url="https://ci.test/1",
        )
    ]
    assert either_door.woken == [Next("digest")]


def test_a_marker_without_a_time_happened_when_it_came(door: Door) -> None:
    post_marker(door, {"release": "r", "environment": "production"})
    (fact,) = door.facts()
    assert isinstance(fact, Deploy)
    assert fact.at == door.world.now()


def test_a_marker_that_is_sent_again_is_one_deploy_but_a_later_one_is_another(door: Door) -> None:
    assert [post_marker(door, MARKER).json["accepted"] for _ in range(2)] == [True, False]
    assert post_marker(door, {**MARKER, "at": "2026-11-21T11:30:00Z"}).json["accepted"]
    bare = {"release": "r", "environment": "production"}
    accepted = [post_marker(door, bare).json["accepted"] for _ in range(2)]
    assert accepted == [True, False]
    same = [post_marker(door, bare, **{"Idempotency-Key": key}).json["accepted"] for key in "xxy"]
    assert same == [True, False, True]


def test_a_token_of_one_project_speaks_for_it_and_one_of_all_names_which(door: Door) -> None:
    assert post_marker(door, MARKER).status_code == 200  # there is only one
    door.add_project(7, "other", "f" * 32)
    answer = post_marker(door, MARKER)
    assert answer.status_code == 400
    assert "project" in answer.json["detail"]
    assert post_marker(door, {**MARKER, "project": "other"}).status_code == 200
    assert post_marker(door, {**MARKER, "release": "b", "project": 7}).status_code == 200
    assert post_marker(door, {**MARKER, "release": "c"}, door.token(7)).status_code == 200
    for unknown in ("nope", "a\x00b", "\ud800", ""):
        answer = post_marker(door, {**MARKER, "project": unknown})
        assert answer.status_code in (404, 400)
    wrong = post_marker(door, {**MARKER, "project": "shop"}, door.token(7))
    assert wrong.status_code == 403
    assert [row.project_id for row in door.rows()] == [42, 7, 7, 7]


def test_the_use_of_a_token_is_noted(door: Door) -> None:
    token = door.token()
    post_marker(door, MARKER, token)
    with reading(door.world.engine) as session:
        row = tokens.find(session, token)
        assert row is not None
        assert row.used_at == door.world.now()


def test_a_hook_may_name_its_project_by_number(door: Door) -> None:
    headers, body = hook("error.created")
    assert door.client.post("/hooks/sentry/42", data=body, headers=headers).status_code == 200
