"""What leaves the house over HTTP: to whom it may go, and what its faults tell a person to do."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from correlator.errors import Permanent, Transient
from correlator.http import Outward, Throttled
from tests.api_server import ApiServer, Told, api_server

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SECOND = int(NOW.timestamp())
HERE = ("127.0.0.1", "localhost")


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with api_server() as started:
        yield started


@pytest.fixture
def outward(server: ApiServer) -> Iterator[Outward]:
    token = {"authorization": "Bearer s3cret"}
    with Outward(lambda: NOW, private=HERE, home=server.url, headers=token) as made:
        yield made


def test_an_answer_comes_with_its_headers_and_links(server: ApiServer, outward: Outward) -> None:
    server.tell("/a?b=1", {"c": 2}, Link='</a?b=2>; rel="next", </a?b=9>; rel="last"')
    answer = outward.get(f"{server.url}/a?b=1", {"accept": "application/json"})
    assert answer.json() == {"c": 2}
    assert answer.link("next") == f"{server.url}/a?b=2"
    assert answer.link("prev") is None
    (asked,) = server.asked
    assert asked.headers["authorization"] == "Bearer s3cret"
    assert asked.headers["host"] == server.url.removeprefix("http://")
    assert asked.headers["user-agent"].startswith("correlator/")


def test_a_post_carries_its_body(server: ApiServer, outward: Outward) -> None:
    server.tell("/in", {"ok": True})
    outward.post(f"{server.url}/in", b"hello")
    assert (server.asked[0].method, server.asked[0].body) == ("POST", b"hello")


def test_an_unlisted_host_at_a_private_address_is_not_called(server: ApiServer) -> None:
    with (
        Outward(lambda: NOW, lookup=lambda host, port: ["10.0.0.7"]) as outward,
        pytest.raises(Permanent, match=r"private address.*CORRELATOR_PRIVATE_HOSTS=git\.acme"),
    ):
        outward.get("https://git.acme.example/api")
    with (
        Outward(lambda: NOW) as outward,
        pytest.raises(Permanent, match="unencrypted"),
    ):
        outward.get(f"{server.url}/a")
    assert server.asked == []


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "169.254.169.254", "::1", "fe80::1%eth0", "::ffff:10.1.2.3", "0.0.0.0"]
)
def test_no_spelling_of_a_private_address_gets_through(address: str) -> None:
    with (
        Outward(lambda: NOW, lookup=lambda host, port: ["93.184.216.34", address]) as outward,
        pytest.raises(Permanent, match="private address"),
    ):
        outward.get("https://example.com/")


@pytest.mark.parametrize(
    "url", ["ftp://example.com/", "https://user:pass@example.com/", "https://", "https://a:b/"]
)
def test_addresses_of_other_kinds_are_refused(url: str) -> None:
    with Outward(lambda: NOW) as outward, pytest.raises(Permanent):
        outward.get(url)


def test_a_redirect_is_followed_on_the_same_origin_only(
    server: ApiServer, outward: Outward
) -> None:
    server.tell("/old", b"", 301, Location="/new")
    server.tell("/new", {"at": "new"})
    assert outward.get(f"{server.url}/old").json() == {"at": "new"}
    server.tell("/away", b"", 302, Location="https://elsewhere.example/steal")
    with pytest.raises(Permanent, match=r"sends us on to https://elsewhere\.example"):
        outward.get(f"{server.url}/away")
    server.tell("/round", b"", 302, Location="/round")
    with pytest.raises(Permanent, match="circle"):
        outward.get(f"{server.url}/round")
    with pytest.raises(Permanent, match="sends us on"):
        outward.post(f"{server.url}/old", b"")


def test_the_token_goes_to_its_own_origin_only(server: ApiServer) -> None:
    token = {"authorization": "Bearer s3cret"}
    server.tell("/a", {})
    with Outward(lambda: NOW, HERE, home="https://api.example.com", headers=token) as outward:
        outward.get(f"{server.url}/a")
    assert "authorization" not in server.asked[0].headers


def test_a_body_is_capped_while_it_is_read(server: ApiServer) -> None:
    server.tell("/big", b"x" * 5000)
    with (
        Outward(lambda: NOW, HERE, largest=1000) as outward,
        pytest.raises(Permanent, match="more than 1000 bytes"),
    ):
        outward.get(f"{server.url}/big")


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (401, Permanent, "401 (Bad credentials): the token is wrong, or has run out"),
        (403, Permanent, "Give it read access"),
        (404, Permanent, "there is no such thing, or the token may not see it"),
        (422, Permanent, "answered 422"),
        (500, Transient, "tried again"),
        (502, Transient, "tried again"),
    ],
)
def test_a_fault_says_what_to_do(
    server: ApiServer, outward: Outward, status: int, kind: type[Exception], words: str
) -> None:
    server.tell("/a", {"message": "Bad credentials"}, status)
    with pytest.raises(kind, match=re.escape(words)):
        outward.get(f"{server.url}/a")


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {"Retry-After": "7"}, 7),
        (429, {"Retry-After": "Sat, 21 Nov 2026 12:00:30 GMT"}, 30),
        (429, {}, 60),
        (403, {"Retry-After": "9"}, 9),
        # GitHub's primary limit; its own clock, an hour off ours, says how long that is.
        (
            403,
            {
                "X-RateLimit-Remaining": "0",
                "X-RateLimit-Reset": str(SECOND + 7200),
                "Date": "Sat, 21 Nov 2026 13:59:00 GMT",
            },
            61,
        ),
        (429, {"RateLimit-Remaining": "0", "RateLimit-Reset": str(SECOND + 60)}, 61),
        (429, {"Retry-After": "999999999"}, 60),
    ],
)
def test_a_rate_limit_says_how_long_to_wait(
    server: ApiServer, outward: Outward, status: int, headers: dict[str, str], seconds: float
) -> None:
    server.answers["/a"] = Told({"message": "API rate limit exceeded"}, status, headers)
    with pytest.raises(Throttled) as raised:
        outward.get(f"{server.url}/a")
    assert raised.value.seconds == seconds


def test_what_is_not_whole_may_pass(server: ApiServer, outward: Outward) -> None:
    server.tell("/a", b'{"number": 1, "titl')
    with pytest.raises(Transient, match="not whole JSON"):
        outward.get(f"{server.url}/a").json()
    server.answers["/cut"] = Told(b'{"number": 1', missing=50)
    with pytest.raises(Transient, match="could not be reached"):
        outward.get(f"{server.url}/cut")


def test_nobody_there_is_transient_and_the_next_address_is_tried(server: ApiServer) -> None:
    port = int(server.url.rpartition(":")[2])
    server.tell("/a", {"ok": 1})

    def two(host: str, _: int) -> list[str]:
        return ["127.0.0.99", "127.0.0.1"]

    with Outward(lambda: NOW, ("forge.internal",), lookup=two) as outward:
        assert outward.get(f"http://forge.internal:{port}/a").json() == {"ok": 1}
        with pytest.raises(Transient, match="could not be reached"):
            outward.get("http://forge.internal:9/a")
    assert server.asked[0].headers["host"] == f"forge.internal:{port}"
