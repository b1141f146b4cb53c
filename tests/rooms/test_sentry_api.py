"""An event as Sentry's API tells it is read as the event that its SDK sent."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from correlator.sources.sentry_api import as_sent, is_from_api
from correlator.sources.sentry_event import parse_event
from correlator.types import Event

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)

SENT: dict[str, Any] = {
    "event_id": "9fac2ceed9344f2bbfdd1fdacb0ed9b1",
    "timestamp": "2026-11-02T11:00:00Z",
    "platform": "python",
    "level": "fatal",
    "release": "shop@1.4.2",
    "environment": "staging",
    "transaction": "/cart",
    "tags": {
        "level": "fatal",
        "release": "shop@1.4.2",
        "environment": "staging",
        "transaction": "/cart",
        "service": "till",
    },
    "user": {"id": "17"},
    "modules": {"flask": "3.1.0"},
    "contexts": {"trace": {"trace_id": "a" * 32}},
    "extra": {"cart": 3},
    "sdk": {"name": "sentry.python", "version": "2.75.0"},
    "logentry": {"formatted": "3 of 4", "message": "%s of %s", "params": [3, 4]},
    "breadcrumbs": {"values": [{"category": "query", "message": "SELECT 1"}]},
    "request": {"url": "https://shop.test/cart", "method": "GET", "query_string": [["a", "b"]]},
    "exception": {
        "values": [
            {
                "type": "KeyError",
                "value": "'cost'",
                "mechanism": {"type": "flask", "handled": False},
                "stacktrace": {
                    "frames": [
                        {
                            "filename": "shop/cart.py",
                            "abs_path": "/srv/app/shop/cart.py",
                            "module": "shop.cart",
                            "function": "total",
                            "lineno": 12,
                            "colno": 4,
                            "in_app": True,
                            "pre_context": ["def total(rows):"],
                            "context_line": "    return rows['cost']",
                            "post_context": ["", ""],
                            "vars": {"rows": "{}"},
                        }
                    ]
                },
            }
        ]
    },
}


def told() -> dict[str, Any]:
    """The same event as the API answers it."""
    raised = SENT["exception"]["values"][0]
    (frame,) = raised["stacktrace"]["frames"]
    tags = [{"key": name, "value": held} for name, held in SENT["tags"].items()]
    lines = [*frame["pre_context"], frame["context_line"], *frame["post_context"]]
    shown = {
        "filename": frame["filename"], "absPath": frame["abs_path"], "module": frame["module"],
        "function": frame["function"], "lineNo": 12, "colNo": 4, "inApp": True, "platform": None,
        "context": [[number, text] for number, text in enumerate(lines, 11)],
        "vars": frame["vars"],
    }  # fmt: skip
    values = [{**raised, "threadId": None, "stacktrace": {"frames": [shown], "registers": None}}]
    request = {**SENT["request"], "query": SENT["request"]["query_string"]}
    return {
        "id": "1", "eventID": SENT["event_id"], "dateCreated": SENT["timestamp"], "type": "error",
        "platform": "python", "user": SENT["user"], "tags": tags,
        "release": {"version": "shop@1.4.2"},
        "packages": SENT["modules"], "context": SENT["extra"], "contexts": SENT["contexts"],
        "sdk": SENT["sdk"], "dist": None, "message": "3 of 4", "metadata": {"type": "KeyError"},
        "entries": [
            {"type": "exception", "data": {"values": values, "excOmitted": None}},
            {"type": "message", "data": SENT["logentry"]},
            {"type": "breadcrumbs", "data": SENT["breadcrumbs"]},
            {"type": "request", "data": request},
        ],
    }  # fmt: skip


def read(payload: dict[str, Any]) -> Event:
    return parse_event(payload, received_at=NOW, secret=b"s")


def test_what_the_api_tells_is_the_event_that_was_sent() -> None:
    assert is_from_api(told())
    assert read(as_sent(told())) == read(SENT)
    assert read(SENT).exceptions[0].frames[0].lineno == 12


def test_an_event_as_it_was_sent_is_left_alone() -> None:
    assert not is_from_api(SENT)


def test_a_bare_trace_and_a_thread_that_crashed_are_read_too() -> None:
    whole = told()
    (trace,) = [one["stacktrace"] for one in whole["entries"][0]["data"]["values"]]
    frames = read(SENT).exceptions[0].frames
    bare = as_sent({**whole, "entries": [{"type": "stacktrace", "data": trace}]})
    assert read(bare).frames == frames
    threads = {"values": [{"id": 1, "crashed": True, "stacktrace": trace}]}
    crashed = as_sent({**whole, "entries": [{"type": "threads", "data": threads}]})
    assert read(crashed).frames == frames


@pytest.mark.parametrize("odd", [None, 7, "x", [], {}, [None], [[1]], {"values": [3, None, {}]}])
def test_whatever_is_of_another_type_takes_no_event_with_it(odd: object) -> None:
    names = ("tags", "release", "packages", "context", "contexts", "user", "sdk", "dateCreated")
    for name in names:
        assert read(as_sent({**told(), name: odd})).exceptions
    entry = told()["entries"][0]
    for kind in ("exception", "threads", "stacktrace", "message", "request", "breadcrumbs", odd):
        as_given = as_sent({**told(), "entries": [entry, {"type": kind, "data": odd}, odd]})
        assert read(as_given).event_id == SENT["event_id"]
    for name in ("frames", "context", "lineNo"):
        whole = told()
        trace = whole["entries"][0]["data"]["values"][0]["stacktrace"]
        (trace if name == "frames" else trace["frames"][0])[name] = odd
        assert replace(read(as_sent(whole)), exceptions=()).platform == "python"
