"""No secret is kept: not under a name that gives it away, and not in the middle of a text."""

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from correlator.sources.scrub import FILTERED, is_sensitive, scrub, scrub_text
from correlator.sources.sentry_event import parse_event
from tests.sentry_samples import DATA

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "PASSWORD",
        "user_password",
        "passwd",
        "pwd",
        "secret",
        "client_secret",
        "api_key",
        "apiKey",
        "X-Api-Key",
        "apikey",
        "access_token",
        "accessToken",
        "auth_token",
        "token",
        "Authorization",
        "Proxy-Authorization",
        "Cookie",
        "Set-Cookie",
        "sessionid",
        "session_id",
        "csrftoken",
        "X-CSRF-Token",
        "private_key",
        "privateKey",
        "aws_secret_access_key",
        "credentials",
        "jwt",
        "DB_PASSWORD",
        "SENTRY_AUTH_TOKEN",
        "stripe_secret",
        "card_number",
        "cvv",
        "connection_string",
        "passphrase",
    ],
)
def test_a_name_that_stands_over_a_secret_is_known(name: str) -> None:
    assert is_sensitive(name)


@pytest.mark.parametrize(
    "name",
    [
        "author",
        "authors",
        "passenger",
        "compass",
        "keyboard",
        "monkey",
        "tokenizer",
        "discount",
        "item",
        "key",
        "sku",
        "url",
        "path",
        "status",
        "user_agent",
        "sector",
        "opinion",
        "shipping",
        "spin",
        "residence",
        "surpassed_by",
        "authored_at",
        "description",
    ],
)
def test_a_name_that_only_looks_alike_is_left_alone(name: str) -> None:
    assert not is_sensitive(name)


@pytest.mark.parametrize(
    "secret",
    [
        JWT,
        "sk-|proj-abcdefghijklmnop1234567890",
        "sk_|live_abcdefghijklmnop",
        "ghp|_abcdefghijklmnopqrstuvwxyz0123456789",
        "github|_pat_11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz",
        "glp|at-abcdefghijklmnopqrst",
        "xo|xb-123456789012-abcdefghij",
        "AK|IAIOSFODNN7EXAMPLE",
        "AI|zaSyA-abcdefghijklmnopqrstuvwxyz12345",
        "np|m_abcdefghijklmnopqrstuvwxyz0123456789",
        "py|pi-AgEIcHlwaS5vcmcCJDEyMzQ1Njc4LTEyMzQtMTIzNA",
        "corr_abcdefghijklmnopqrstuvwxyz0123456789",
        "-----BEGIN| RSA PRIVATE KEY-----\nMIIEpAIBAAKCA\nab==\n-----END RSA PRIVATE KEY-----",
        "4111 1111 1111 1111",
        "5500005555555559",
        "378282246310005",
    ],
)
def test_what_looks_like_a_secret_goes_wherever_it_stands(secret: str) -> None:
    secret = secret.replace("|", "")  # apart in the source, so that no scanner takes it for real
    for text in (secret, f"failed with {secret}, giving up", f"x='{secret}'", f"a={secret}&b=1"):
        assert secret not in scrub_text(text)
        assert FILTERED in scrub_text(text)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Authorization: Bearer abcdef0123456789abcdef", "abcdef0123456789"),
        ("postgres://shop:hunter2@db.internal/shop", "hunter2"),
        ("{'user': 'a', 'password': 'hunter2', 'n': 1}", "hunter2"),
        ('{"api_key": "hunter2"}', "hunter2"),
        ("https://x.test/?q=1&access_token=hunter2&page=2", "hunter2"),
        ("connect(host='h', password='hunter2')", "hunter2"),
        ("SECRET_KEY=hunter2", "hunter2"),
        ("password: 'hunter2'", "hunter2"),
        ("password => 'hunter2'", "hunter2"),
    ],
)
def test_a_secret_that_a_text_names_goes_and_the_rest_stays(text: str, kept: str) -> None:
    scrubbed = scrub_text(text)
    assert kept not in scrubbed
    assert scrubbed.split(FILTERED)[0] == text.split(kept)[0]


@pytest.mark.parametrize(
    "text",
    [
        "KeyError: 'unit_price'",
        '    unit = item["unit_price"]',
        "    token = parser.next_token()",
        "if password == expected_password:",
        "def check_password(password: str) -> bool:",
        "Unexpected token < in JSON at position 0",
        "basic authentication failed for user shop",
        "order 1234567890123456 not found",
        "checkout@1.4.2+02a90c4e2735a2449103da36ad18cca5956186aa",
        "http://0123456789abcdef0123456789abcdef@ingest.test/42",
        "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "2026-11-21T13:00:00.123456Z",
        "task-runner sk-ip",
    ],
)
def test_what_is_no_secret_is_left_as_it_was(text: str) -> None:
    assert scrub_text(text) == text


def test_secrets_go_from_every_part_of_an_event() -> None:
    secret = "hunter2hunter2"
    event = parse_event(
        {
            "message": f"login with token={secret} failed",
            "extra": {"deep": [{"deeper": {"password": secret}}], "environ": {"HOME": secret}},
            "contexts": {"app": {"api_key": secret}},
            "tags": [["auth", secret], ["tier", "gold"]],
            "request": {
                "url": f"https://shop.test/?session_id={secret}",
                "query_string": [["token", secret]],
                "headers": [["Authorization", secret], ["Cookie", secret], ["Accept", "*/*"]],
                "cookies": {"a": secret},
                "data": {"card": "4111111111111111", "password": secret},
            },
            "breadcrumbs": [{"data": {"Authorization": secret}, "message": f"Bearer {secret}1234"}],
            "exception": [
                {
                    "type": "E",
                    "value": f"refused: password='{secret}'",
                    "stacktrace": {
                        "frames": [
                            {
                                "filename": "a.py",
                                "context_line": f"connect(password='{secret}')",
                                "vars": {
                                    "secret": secret,
                                    "kw": f"{{'pwd': '{secret}'}}",
                                    "qty": "2",
                                },
                            }
                        ]
                    },
                }
            ],
        },
        received_at=NOW,
        secret=b"s",
    )
    assert secret not in repr(event)
    assert "4111111111111111" not in repr(event)
    assert event.tags["tier"] == "gold"
    assert event.trace[0].variables["qty"] == "2"
    assert event.request["headers"]["Accept"] == "*/*"


def test_the_environment_that_sentry_cli_attaches_is_not_kept() -> None:
    transcript = json.loads((DATA / "sentry-cli-send-event.json").read_text())
    body = transcript["exchanges"][0]["request"]["body"]
    payload = json.loads(body.split("\n")[2])
    assert "SENTRY_AUTH_TOKEN" in payload["extra"]["environ"]
    event = parse_event(payload, received_at=NOW, secret=b"s")
    assert event.extra == {"environ": FILTERED}
    assert event.formatted == "hello world"
    assert event.event_id == "4ea63ec223334cf5af185e3b8f5dfb8b"


def test_versions_of_packages_are_kept_though_their_names_sound_secret() -> None:
    event = parse_event(
        {"modules": {"python-jwt": "4.1", "itsdangerous": "2", "token": "1"}},
        received_at=NOW,
        secret=b"s",
    )
    assert event.modules == {"python-jwt": "4.1", "itsdangerous": "2", "token": "1"}


def test_what_is_nested_without_end_is_cut_off() -> None:
    deep: Any = "password=hunter2hunter2"
    for _ in range(500):
        deep = {"a": [deep]}
    assert "hunter2" not in json.dumps(scrub(deep))


@pytest.mark.parametrize(
    "piece",
    [
        "eyJ",
        "eyJa.",
        "sk-",
        "-----BEGIN PRIVATE KEY-----",
        "a://b:",
        "password=",
        "password = '",
        "Bearer ",
        "bearer a",
        "4 ",
        "4-",
        "1",
        "ghp_",
        "AKIA",
        "token ",
        "://",
        ":",
        "@",
        "key",
        "SG.",
        "xoxb-",
        " ",
        "-----BEGIN ",
    ],
)
def test_no_text_however_built_takes_more_than_linear_time(piece: str) -> None:
    def seconds(size: int) -> float:
        text = (piece * (size // len(piece) + 1))[:size]
        started = time.process_time()
        scrub_text(text)
        return time.process_time() - started

    seconds(10_000)
    assert seconds(400_000) < 1.5
