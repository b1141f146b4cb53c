"""A Sentry event is read in every shape SDKs have sent it; an odd field costs only itself."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from correlator.sources.sentry_event import parse_event, scrubbed_payload
from correlator.types import Event, Level
from tests.sentry_samples import sdk_sample, sdk_samples

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def parse(payload: dict[str, Any], **given: Any) -> Event:
    return parse_event(payload, received_at=NOW, secret=b"secret", **given)


def sample(name: str) -> Event:
    payload = sdk_sample(name).event
    assert payload is not None
    return parse(payload)


WITH_EVENT = [one for one in sdk_samples() if one.event is not None]


@pytest.mark.parametrize("one", WITH_EVENT, ids=lambda one: one.name)
def test_what_a_real_sdk_sent_is_read_whole(one: Any) -> None:
    event = parse(one.event)
    assert event.notes == ()
    assert event.event_id == one.event["event_id"]
    assert event.release == one.event["release"]
    assert event.environment == "production"
    assert NOW - timedelta(days=2) < event.at < NOW
    assert event.sdk
    assert event.exceptions or event.formatted
    for raised in event.exceptions:
        assert raised.type
        assert raised.frames


def test_a_frame_keeps_place_code_and_locals() -> None:
    event = sample("python-2.75.0/unhandled")
    assert event.raised is not None
    assert event.raised.handled is False
    assert event.raised.mechanism == "excepthook"
    crash = event.trace[-1]
    assert (crash.filename, crash.function, crash.lineno) == ("checkout/pricing.py", "price_of", 3)
    assert crash.abs_path == "/srv/checkout-svc/checkout/pricing.py"
    assert crash.module == "checkout.pricing"
    assert crash.context_line == '    unit = item["unit_price"]'
    assert crash.pre_context[-1].startswith("    discount")
    assert crash.variables["qty"] == "2"
    assert crash.in_app is True


def test_a_chain_keeps_its_order_with_the_cause_first() -> None:
    chained = sample("python-2.75.0/chained")
    assert [raised.type for raised in chained.exceptions] == ["JSONDecodeError", "ImportFailed"]
    raised = sample("node-10.40.0/cause.2").raised
    assert raised is not None
    assert raised.value == "cannot price cart"


def test_an_exception_group_keeps_its_tree() -> None:
    event = sample("python-2.75.0/group")
    assert event.raised is not None
    assert (event.raised.type, event.raised.number) == ("ExceptionGroup", 0)
    assert event.raised.is_group
    assert all(raised.parent is not None for raised in event.exceptions[:-1])


def test_the_root_of_a_tree_surfaces_wherever_it_was_put() -> None:
    event = parse(
        {
            "exception": {
                "values": [
                    {"type": "Group", "mechanism": {"exception_id": 0, "is_exception_group": True}},
                    {"type": "Part", "mechanism": {"exception_id": 1, "parent_id": 0}},
                ]
            }
        }
    )
    assert [raised.type for raised in event.exceptions] == ["Part", "Group"]


def test_frames_of_the_standard_library_are_not_in_app_though_the_sdk_does_not_say() -> None:
    event = sample("python-2.75.0/chained")
    library = [
        f for raised in event.exceptions for f in raised.frames if f.module == "json.decoder"
    ]
    assert library
    assert all(frame.in_app is False for frame in library)


@pytest.mark.parametrize(
    ("platform", "frame", "in_app"),
    [
        ("python", {"abs_path": "/app/.venv/lib/python3.12/site-packages/flask/app.py"}, False),
        ("python", {"abs_path": "/usr/lib/python3.11/json/decoder.py"}, False),
        ("python", {"abs_path": "C:\\Python311\\Lib\\json\\decoder.py"}, False),
        ("python", {"filename": "<frozen importlib._bootstrap>"}, False),
        ("python", {"abs_path": "/srv/shop/cart.py"}, True),
        ("node", {"filename": "node:internal/timers"}, False),
        ("node", {"filename": "/app/node_modules/express/lib/router.js"}, False),
        ("node", {"filename": "/app/src/cart.js"}, True),
        ("java", {"filename": "ArrayList.java", "module": "java.util.ArrayList"}, False),
        ("java", {"filename": "Cart.java", "module": "com.acme.shop.Cart"}, True),
        ("java", {"filename": "Cart.java", "module": "java.util.X", "in_app": True}, True),
        ("python", {"abs_path": "/srv/shop/cart.py", "in_app": False}, False),
    ],
)
def test_a_frame_is_in_app_by_the_sdks_word_else_by_its_path(
    platform: str, frame: dict[str, Any], in_app: bool
) -> None:
    event = parse({"platform": platform, "stacktrace": {"frames": [frame]}})
    assert event.frames[0].in_app is in_app


def test_a_deep_recursion_keeps_both_its_ends() -> None:
    one = sdk_sample("python-2.75.0/recursion").event
    assert one is not None
    sent = one["exception"]["values"][-1]["stacktrace"]["frames"]
    assert len(sent) > 900
    kept = parse(one).trace
    assert len(kept) == 250
    assert (kept[0].lineno, kept[-1].lineno) == (sent[0]["lineno"], sent[-1]["lineno"])


def test_a_chain_of_long_traces_stays_bounded_and_the_one_that_surfaced_goes_first() -> None:
    frames = [{"filename": "a.py", "lineno": n + 1} for n in range(300)]
    event = parse(
        {"exception": [{"type": f"E{n}", "stacktrace": {"frames": frames}} for n in range(60)]}
    )
    assert len(event.exceptions) == 50
    assert sum(len(raised.frames) for raised in event.exceptions) <= 1000
    assert event.raised is not None
    assert len(event.raised.frames) == 250


@pytest.mark.parametrize(
    "exception",
    [
        {"values": [None, {"type": "KeyError", "value": "'a'"}]},
        [{"type": "KeyError", "value": "'a'"}, None],
        {"type": "KeyError", "value": "'a'"},
    ],
)
def test_an_exception_may_be_wrapped_listed_or_alone(exception: Any) -> None:
    event = parse({"exception": exception})
    assert [(raised.type, raised.value) for raised in event.exceptions] == [("KeyError", "'a'")]


def test_names_from_before_the_present_ones_are_read() -> None:
    event = parse(
        {
            "sentry.interfaces.Exception": {"values": [{"type": "IOError", "value": "gone"}]},
            "sentry.interfaces.Message": {"message": "lost %s", "params": ["disk"]},
            "sentry.interfaces.User": {"id": 7},
            "sentry.interfaces.Http": {"url": "https://shop.test/cart"},
        }
    )
    assert event.raised is not None
    assert event.raised.type == "IOError"
    assert (event.message, event.formatted) == ("lost %s", "lost disk")
    assert event.user
    assert event.request == {"url": "https://shop.test/cart"}


@pytest.mark.parametrize(
    ("given", "template", "shown"),
    [
        ({"message": "plain"}, "plain", "plain"),
        ({"message": {"message": "a %s", "params": ["b"], "formatted": "a b"}}, "a %s", "a b"),
        ({"logentry": {"message": "a %d of %s", "params": [1, "b"]}}, "a %d of %s", "a 1 of b"),
        ({"logentry": {"formatted": "only shown"}}, "only shown", "only shown"),
        ({"logentry": None, "message": "plain"}, "plain", "plain"),
        ({"logentry": "text"}, "text", "text"),
    ],
)
def test_a_message_has_a_template_and_what_is_shown(given: Any, template: str, shown: str) -> None:
    event = parse(given)
    assert (event.message, event.formatted) == (template, shown)


@pytest.mark.parametrize("mark", ["crashed", "current"])
def test_a_trace_may_stand_in_the_thread_that_matters(mark: str) -> None:
    threads = [
        {"id": 1, "stacktrace": {"frames": [{"filename": "other.py"}]}},
        {"id": 2, mark: True, "stacktrace": {"frames": [{"filename": "this.py"}]}},
    ]
    assert [f.filename for f in parse({"threads": {"values": threads}}).frames] == ["this.py"]
    assert parse({"threads": threads[:1]}).frames[0].filename == "other.py"


@pytest.mark.parametrize(
    ("given", "at"),
    [
        ("2026-11-20T10:30:49.505830Z", "2026-11-20T10:30:49.505830+00:00"),
        ("2026-11-20T10:30:49", "2026-11-20T10:30:49+00:00"),
        ("2026-11-20T12:30:49.1234567891+02:00", "2026-11-20T10:30:49.123456+00:00"),
        (1795170649.5, "2026-11-20T10:30:49.500000+00:00"),
        ("1795170649.5", "2026-11-20T10:30:49.500000+00:00"),
        (None, NOW.isoformat()),
        ("yesterday", NOW.isoformat()),
        (float("inf"), NOW.isoformat()),
        (-5, NOW.isoformat()),
        ({}, NOW.isoformat()),
        ("2031-01-01T00:00:00Z", NOW.isoformat()),
    ],
)
def test_a_time_is_read_in_each_form_and_receipt_stands_in_for_one_that_is_not(
    given: Any, at: str
) -> None:
    assert parse({"timestamp": given}).at.isoformat() == at


def test_a_clock_that_is_off_is_made_up_for() -> None:
    event = parse({"timestamp": "2026-11-21T13:00:00Z"}, drift=timedelta(hours=-2))
    assert event.at == datetime(2026, 11, 21, 11, tzinfo=UTC)
    assert "clock" in event.notes[0]


@pytest.mark.parametrize(
    ("given", "level"),
    [
        ("fatal", Level.FATAL), ("WARNING", Level.WARNING), ("warn", Level.WARNING),
        (40, Level.ERROR), ("30", Level.WARNING), (50, Level.FATAL), (10, Level.DEBUG),
        ("log", Level.ERROR), (None, Level.ERROR), (["x"], Level.ERROR), (True, Level.ERROR),
    ],
)  # fmt: skip
def test_a_level_is_a_word_or_a_number_and_else_an_error(given: Any, level: Level) -> None:
    assert parse({"level": given}).level is level


def test_tags_come_as_a_map_or_as_pairs() -> None:
    assert parse({"tags": {"a": 1, "b": None, "service": "cart"}}).tags == {
        "a": "1",
        "service": "cart",
    }
    event = parse({"tags": [["a", "x"], None, ["b", None], ["service", "cart"], "odd"]})
    assert event.tags == {"a": "x", "service": "cart"}
    assert event.service == "cart"
    assert parse({"tags": [{"key": "a", "value": "x"}]}).tags == {"a": "x"}


def test_a_user_is_a_keyed_hash_and_nothing_else() -> None:
    payload = {"user": {"id": 42, "email": "shopper@example.test", "ip_address": "10.1.2.3"}}
    event = parse(payload)
    assert event.user is not None
    assert len(event.user) == 32
    assert parse({"user": {"id": "42"}}).user == event.user
    other = parse_event(payload, received_at=NOW, secret=b"another")
    assert other.user != event.user
    assert "shopper" not in repr(event)
    assert "10.1.2.3" not in repr(event)
    assert parse({"user": {"ip_address": "{{auto}}"}}).user is None


def test_a_scrubbed_payload_reads_as_the_same_event() -> None:
    for one in WITH_EVENT:
        assert one.event is not None
        kept = json.loads(json.dumps(scrubbed_payload(one.event, b"secret")))
        assert parse(kept) == parse(one.event), one.name


def test_the_id_given_wins_and_a_missing_one_is_made() -> None:
    assert parse({"event_id": "a" * 32}, event_id="b" * 32).event_id == "b" * 32
    dashed = "4ea63ec2-2333-4cf5-af18-5e3b8f5dfb8b"
    assert parse({"event_id": dashed}).event_id == dashed.replace("-", "")
    assert len(parse({"event_id": "no id"}).event_id) == 32


ODD: list[Any] = [None, True, 0, -1, 1e308, float("nan"), "", "x" * 100_000, "\x00\ud800", [],
                  [None], [[]], {}, {"values": None}, {"values": {"a": 1}}, {"frames": 5},
                  [[[["deep"]]]], 10**400, {"": {"": {"": {}}}}]  # fmt: skip
FIELDS = [
    "event_id", "timestamp", "level", "platform", "release", "dist", "environment", "tags",
    "exception", "threads", "stacktrace", "message", "logentry", "breadcrumbs", "modules",
    "debug_meta", "user", "request", "contexts", "extra", "sdk", "server_name",
    "transaction", "logger",
    "fingerprint",
    "sentry.interfaces.Exception", "sentry.interfaces.User", "_meta", "culprit",
]  # fmt: skip


@pytest.mark.parametrize("field", FIELDS)
def test_no_type_in_any_field_is_fatal_and_the_others_are_kept(field: str) -> None:
    for odd in ODD:
        payload = {
            "server_name": "web-1",
            "release": "shop@1",
            "exception": [{"type": "E"}],
            field: odd,
        }
        event = parse(payload)
        if field != "release":
            assert event.release == "shop@1"
        assert len(repr(event)) < 60_000


@pytest.mark.parametrize("field", ["type", "value", "module", "mechanism", "stacktrace"])
def test_no_type_inside_an_exception_is_fatal(field: str) -> None:
    for odd in ODD:
        event = parse({"exception": {"values": [{"type": "E", "value": "v", field: odd}]}})
        assert len(event.exceptions) == 1


@pytest.mark.parametrize(
    "field",
    ["filename", "abs_path", "module", "function", "lineno", "colno", "context_line", "pre_context",
     "post_context", "in_app", "vars", "platform"],
)  # fmt: skip
def test_no_type_inside_a_frame_is_fatal(field: str) -> None:
    for odd in ODD:
        frame = {"filename": "cart.py", "lineno": 3, field: odd}
        event = parse({"exception": [{"type": "E", "stacktrace": {"frames": [None, frame, 5]}}]})
        assert len(event.trace) == 1


def test_a_field_that_could_not_be_read_is_noted_without_its_content() -> None:
    event = parse({"release": ["not-a-release"], "exception": [{"type": "E", "mechanism": "odd"}]})
    assert event.release is None
    assert any("release" in note and "list" in note for note in event.notes)
    assert any("mechanism" in note for note in event.notes)
    assert "not-a-release" not in repr(event)


def test_what_no_database_keeps_is_replaced() -> None:
    event = parse({"message": "a\x00b\ud800c", "release": "r\x001"})
    assert event.message == "a�b�c"
    event.message.encode()
    assert event.release == "r�1"


def test_the_trace_id_joins_errors_of_several_services() -> None:
    assert sample("python-2.75.0/handled").trace_id == "3c45aa5da25a42f6b8592134d50a057b"
    assert parse({"contexts": {"trace": {"trace_id": "nonsense"}}}).trace_id is None
