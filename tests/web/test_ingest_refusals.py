"""Bad input is turned away with a reason, costs nothing else, and is never called accepted."""

import gzip
import io
import json
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import flask
import pytest
import sqlalchemy as sa
from prometheus_client import REGISTRY

from correlator.settings import Settings
from correlator.store.session import open_engine
from correlator.world import World
from tests.sentry_samples import KEY, hook, sdk_sample
from tests.web.door import AUTH, Door
from web.door.ingest import ingest_blueprint

EVENT = json.dumps({"event_id": "a" * 32, "message": "it broke"}).encode()
MARKER = {"release": "shop@1.4.2", "environment": "production"}


@pytest.fixture
def door(sqlite_url: str, tmp_path: Path) -> Iterator[Door]:
    engine = open_engine(sqlite_url)
    sa.event.listen(engine, "connect", _with_little_patience)
    settings = Settings(data_dir=tmp_path / "data", wire_limit=2**21)
    yield Door(World(settings=settings, engine=engine, report=_raise))
    engine.dispose()


def _with_little_patience(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA busy_timeout=50")


def _raise(fault: BaseException) -> None:
    raise fault


def refused(answer: Any, status: int, reason: str) -> str:
    """The answer is a refusal of the proper form; returns what it says."""
    assert answer.status_code == status, answer.data
    assert answer.headers["X-Sentry-Error"] == reason
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "X-Sentry-Error" in answer.headers["Access-Control-Expose-Headers"]
    assert answer.content_type == "application/json"
    detail: str = answer.json["detail"]
    assert not re.search(r"/[a-z]+/|\.py|Traceback|sqlite|psycopg|correlator\.", detail)
    return detail


@pytest.mark.parametrize(
    "key", ["f" * 32, KEY[:-1], KEY + "0", KEY.replace("a", "A"), "ü", "x" * 5000]
)
def test_a_wrong_key_is_turned_away_and_the_right_one_still_works(door: Door, key: str) -> None:
    answer = door.client.post("/api/42/store/", query_string={"sentry_key": key}, data=EVENT)
    assert "DSN" in refused(answer, 403, "wrong_key")
    assert door.rows() == []
    assert door.store(EVENT).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{}, {"X-Sentry-Auth": ""}, {"X-Sentry-Auth": "Sentry"},
     {"X-Sentry-Auth": "Sentry sentry_key="}, {"Authorization": f"Bearer {KEY}"}],
)  # fmt: skip
@pytest.mark.parametrize("path", ["store", "envelope"])
def test_a_missing_key_is_turned_away(door: Door, headers: dict[str, str], path: str) -> None:
    body = EVENT if path == "store" else b'{}\n{"type":"event"}\n' + EVENT
    answer = door.client.post(f"/api/42/{path}/", data=body, headers=headers)
    assert "X-Sentry-Auth" in refused(answer, 401, "no_key")
    assert door.rows() == []


@pytest.mark.parametrize("project", ["7", "nope", "9" * 30, "42x", "%2e%2e", "-1", "a%00b"])
def test_an_unknown_project_is_turned_away(door: Door, project: str) -> None:
    answer = door.client.post(f"/api/{project}/store/", data=EVENT, headers=AUTH)
    refused(answer, 404, "unknown_project")
    assert door.rows() == []


def test_the_key_of_another_project_does_not_fit(door: Door) -> None:
    door.add_project(7, "other", "f" * 32)
    refused(door.client.post("/api/7/store/", data=EVENT, headers=AUTH), 403, "wrong_key")


GZIPPED = gzip.compress(EVENT, mtime=0)


@pytest.mark.parametrize("path", ["store", "envelope"])
@pytest.mark.parametrize(
    ("body", "coding", "status", "reason"),
    [
        (GZIPPED[:-4], "gzip", 400, "compression"),
        (GZIPPED[:15] + b"\x00" + GZIPPED[16:], "gzip", 400, "compression"),
        (EVENT, "gzip", 400, "compression"),
        (EVENT, "br", 400, "compression"),
        (EVENT, "zstd", 400, "compression"),
        (EVENT, "deflate", 400, "compression"),
        (EVENT, "lzma", 415, "encoding"),
        (EVENT, "gzip, br", 415, "encoding"),
        (b"", "", 400, "empty"),
        (b"", "gzip", 400, "empty"),
    ],
)
def test_a_body_that_cannot_be_opened_is_turned_away(
    door: Door, path: str, body: bytes, coding: str, status: int, reason: str
) -> None:
    headers = {**AUTH, **({"Content-Encoding": coding} if coding else {})}
    answer = door.client.post(f"/api/42/{path}/", data=body, headers=headers)
    refused(answer, status, reason)
    assert door.rows() == []
    assert door.woken == []


@pytest.mark.parametrize(
    "body",
    [b"hello", b"{", b'{"a":}', b"[" * 200_000, b'{"a":' * 20_000, b'{"a": 1} x',
     b'{"n": 1' + b"0" * 5000 + b"}"],
)  # fmt: skip
def test_what_is_no_json_is_turned_away(door: Door, body: bytes) -> None:
    refused(door.store(body), 400, "json")
    refused(door.envelope(b'{}\n{"type":"event"}\n' + body), 400, "json")
    assert door.rows() == []


@pytest.mark.parametrize("body", [b"[]", b"5", b"null", b'"text"'])
def test_json_that_is_no_object_is_no_event(door: Door, body: bytes) -> None:
    refused(door.store(body), 400, "json")
    refused(door.envelope(b'{}\n{"type":"event"}\n' + body), 400, "json")


@pytest.mark.parametrize(
    "body",
    [
        EVENT,
        b"{}\n" + EVENT,
        b'{}\n{"type":"event","length":5000}\n' + EVENT,
        b'{}\n{"type":"event","length":5}\n' + EVENT,
        b'{}\n{"type":"event"}\n' + EVENT + b'\n{"type":"event"}\n' + EVENT,
        b"not an envelope\n",
    ],
)
def test_framing_that_does_not_hold_is_turned_away(door: Door, body: bytes) -> None:
    if body == EVENT:
        body = b"\n" + body
    assert "envelope" in refused(door.envelope(body), 400, "envelope")
    assert door.rows() == []


def test_an_event_over_its_limit_is_turned_away(door: Door) -> None:
    big = json.dumps({"message": "x" * door.world.settings.event_limit}).encode()
    assert "1048576" in refused(door.store(big), 413, "too_large")
    refused(door.envelope(b'{}\n{"type":"event"}\n' + big), 413, "too_large")
    assert door.rows() == []


def gzip_bomb() -> bytes:
    return gzip.compress(b" " * 2**20) * 1024


def test_a_bomb_of_a_gigabyte_is_turned_away(door: Door) -> None:
    bomb = gzip_bomb()
    assert len(bomb) < 2**21
    gz = {"Content-Encoding": "gzip"}
    refused(door.store(bomb, **gz), 413, "too_large")
    refused(door.envelope(bomb, **gz), 413, "too_large")
    assert door.rows() == []


def test_a_body_over_the_wire_limit_is_turned_away_unread(door: Door) -> None:
    class Unread(io.BytesIO):
        def read(self, *_size: Any) -> bytes:
            raise AssertionError("the body was read though it says that it is too large")

    answer = door.client.post(
        "/api/42/store/",
        headers=AUTH,
        input_stream=Unread(),
        environ_overrides={"CONTENT_LENGTH": str(2**21 + 1)},
    )
    assert "2097152" in refused(answer, 413, "too_large")


def test_a_body_that_ends_early_is_turned_away(door: Door) -> None:
    answer = door.client.post(
        "/api/42/store/",
        headers=AUTH,
        input_stream=io.BytesIO(EVENT[:10]),
        environ_overrides={"CONTENT_LENGTH": str(len(EVENT))},
    )
    refused(answer, 400, "cut_short")
    assert door.rows() == []


# --- hooks ---------------------------------------------------------------------------------------


def tampered(headers: dict[str, str], body: bytes) -> list[tuple[dict[str, str], bytes, int, str]]:
    signature = headers["Sentry-Hook-Signature"]
    unsigned = {name: value for name, value in headers.items() if name != "Sentry-Hook-Signature"}
    respaced = json.dumps(json.loads(body)).encode()
    flipped = ("0" if signature[0] != "0" else "1") + signature[1:]
    wrong = (403, "wrong_signature")
    return [
        (headers, body + b" ", *wrong),
        (headers, respaced, *wrong),
        ({**headers, "Sentry-Hook-Signature": flipped}, body, *wrong),
        ({**headers, "Sentry-Hook-Signature": "ü"}, body, *wrong),
        ({**headers, "Sentry-Hook-Signature": signature[:-1]}, body, *wrong),
        (unsigned, body, 401, "no_signature"),
    ]


def test_a_hook_whose_signature_does_not_fit_is_turned_away(door: Door) -> None:
    for headers, body, status, reason in tampered(*hook("error.created")):
        answer = door.client.post("/hooks/sentry/shop", data=body, headers=headers)
        refused(answer, status, reason)
    assert door.rows() == []


def test_the_unsigned_hooks_of_the_old_plugin_are_turned_away(door: Door) -> None:
    headers, body = hook("legacy-plugin")
    answer = door.client.post("/hooks/sentry/shop", data=body, headers=headers)
    refused(answer, 401, "no_signature")


def test_a_hook_for_a_project_that_is_not_there_is_turned_away(door: Door) -> None:
    headers, body = hook("error.created")
    answer = door.client.post("/hooks/sentry/nope", data=body, headers=headers)
    refused(answer, 404, "unknown_project")


# --- deploy markers ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bearer", "reason"),
    [("", "no_token"), ("Bearer", "no_token"), ("Basic eDp5", "no_token"),
     ("Bearer corr_nothing", "wrong_token"), ("Bearer " + "x" * 5000, "wrong_token")],
)  # fmt: skip
def test_a_marker_without_a_good_token_is_turned_away(door: Door, bearer: str, reason: str) -> None:
    headers = {"Authorization": bearer} if bearer else {}
    answer = door.client.post("/api/deploys", json=MARKER, headers=headers)
    refused(answer, 401, reason)
    assert door.rows() == []


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"release": None}, "release"),
        ({"release": " "}, "release"),
        ({"environment": None}, "environment"),
        ({"release": 5}, "release"),
        ({"release": "x" * 201}, "release"),
        ({"environment": "x" * 65}, "environment"),
        ({"service": ["a"]}, "service"),
        ({"revision": "main"}, "revision"),
        ({"revision": "abc12"}, "revision"),
        ({"at": "yesterday"}, "'at'"),
        ({"at": "2199-01-01T00:00:00Z"}, "'at'"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"project": ["shop"]}, "project"),
    ],
)
def test_an_odd_marker_is_turned_away_and_the_field_is_named(
    door: Door, change: dict[str, Any], names: str
) -> None:
    bearer = {"Authorization": f"Bearer {door.token()}"}
    answer = door.client.post("/api/deploys", json={**MARKER, **change}, headers=bearer)
    assert names in refused(answer, 400, "deploy")
    assert door.rows() == []


@pytest.mark.parametrize("body", [b"{", b"[]", b"x" * 70_000])
def test_a_marker_that_is_no_json_object_is_turned_away(door: Door, body: bytes) -> None:
    bearer = {"Authorization": f"Bearer {door.token()}"}
    answer = door.client.post("/api/deploys", data=body, headers=bearer)
    refused(answer, 413 if len(body) > 65536 else 400, "too_large" if len(body) > 65536 else "json")


# --- when it is we who cannot --------------------------------------------------------------------


def test_a_broker_that_is_away_does_not_cost_the_request(door: Door) -> None:
    before = REGISTRY.get_sample_value("correlator_lost_wakeups_total") or 0
    door.wake_fails = ConnectionError("the broker is away")
    assert door.store(EVENT).status_code == 200
    assert len(door.rows()) == 1
    assert REGISTRY.get_sample_value("correlator_lost_wakeups_total") == before + 1


def test_refusals_are_counted_by_reason(door: Door) -> None:
    def count() -> float:
        labels = {"route": "store", "reason": "wrong_key"}
        return REGISTRY.get_sample_value("correlator_refused_total", labels) or 0

    before = count()
    door.client.post("/api/42/store/?sentry_key=wrong", data=EVENT)
    assert count() == before + 1


def not_kept(answer: Any) -> None:
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "again" in answer.json["detail"]
    assert "sqlite" not in answer.json["detail"].lower()
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_locked_database_is_said_and_the_sender_may_try_again(
    door: Door, sqlite_url: str
) -> None:
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    not_kept(door.store(EVENT))
    other.execute("ROLLBACK")
    other.close()
    assert door.rows() == []
    assert door.woken == []
    assert door.store(EVENT).status_code == 200


def test_a_full_disk_is_said_and_the_sender_may_try_again(door: Door) -> None:
    with door.world.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        connection.rollback()
    big = json.dumps({"event_id": "b" * 32, "message": "x" * 100_000}).encode()
    not_kept(door.store(big))
    assert door.rows() == []
    assert door.woken == []


def test_a_database_that_is_away_is_said(door: Door) -> None:
    away = sa.create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    app = flask.Flask("away")
    app.register_blueprint(ingest_blueprint(replace(door.world, engine=away), door.woken.append))
    not_kept(app.test_client().post("/api/42/store/", data=EVENT, headers=AUTH))


def test_a_defect_of_ours_is_reported_and_says_nothing_of_our_insides(door: Door) -> None:
    reported: list[BaseException] = []

    def broken() -> datetime:
        raise RuntimeError("secret inside /srv/app.py")

    app = flask.Flask("broken")
    world = replace(door.world, now=broken, report=reported.append)
    app.register_blueprint(ingest_blueprint(world, door.woken.append))
    answer = app.test_client().post("/api/42/store/", data=EVENT, headers=AUTH)
    assert answer.status_code == 500
    assert answer.json is not None
    assert "secret" not in answer.json["detail"]
    assert [str(fault) for fault in reported] == ["secret inside /srv/app.py"]


def test_a_recursion_of_a_thousand_frames_is_no_bomb(door: Door) -> None:
    assert door.send(sdk_sample("python-2.75.0/recursion")).status_code == 200
