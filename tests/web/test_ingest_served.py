"""Over a real socket: the real SDK in its own process, and bodies that hide their length."""

import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from correlator.settings import Settings
from correlator.store.session import open_engine
from correlator.types import Event, Next
from correlator.world import World
from tests.sentry_samples import KEY, sdk_sample
from tests.web.door import AUTH, Door

PROGRAM = Path(__file__).with_name("throwing.py")
Serving = Callable[[Any], AbstractContextManager[str]]


@pytest.fixture
def door(sqlite_url: str, tmp_path: Path) -> Iterator[Door]:
    engine = open_engine(sqlite_url)
    yield Door(World(settings=Settings(data_dir=tmp_path / "data"), engine=engine))
    engine.dispose()


@pytest.fixture
def url(door: Door, live_server: Serving) -> Iterator[str]:
    """The door behind waitress, which one machine is run with."""
    with live_server(door.app) as address:
        yield address


@pytest.fixture(params=["waitress", "gunicorn"])
def either_url(
    request: pytest.FixtureRequest, door: Door, live_server: Serving, sqlite_url: str
) -> Iterator[str]:
    """The door behind each server that people run it with."""
    kind = live_server(door.app) if request.param == "waitress" else gunicorn(sqlite_url)
    with kind as address:
        yield address


@contextmanager
def gunicorn(database_url: str) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--threads", "2"]
    command += [
        "--worker-class",
        "gthread",
        "--no-control-socket",
        f"tests.web.served:make({database_url!r})",
    ]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        _wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate(timeout=20)


def _wait_for(port: int, process: "subprocess.Popen[str]") -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        assert process.poll() is None, process.communicate()[1]
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("gunicorn did not come up")


def run_program(url: str, how: str) -> "subprocess.CompletedProcess[str]":
    where = urlsplit(url)
    return subprocess.run(
        [sys.executable, str(PROGRAM), f"http://{KEY}@{where.netloc}/42", how],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def events(door: Door) -> list[Event]:
    return [fact for fact in door.facts() if isinstance(fact, Event)]


def test_what_the_real_sdk_sends_of_a_crash_is_kept_and_read(door: Door, url: str) -> None:
    assert run_program(url, "unhandled").returncode == 1
    (event,) = events(door)
    assert event.raised is not None
    assert (event.raised.type, event.raised.value) == ("KeyError", "'price'")
    assert event.raised.handled is False
    assert event.trace[-1].function == "price_of"
    assert event.trace[-1].in_app is True
    assert event.trace[-1].context_line == '    return item["price"] * len(password)'
    assert (event.release, event.environment) == ("shop@1.4.2", "staging")
    assert event.tags["tier"] == "gold"
    assert event.user is not None
    assert "hunter2hunter2" not in repr(event).replace('password = "hunter2hunter2"', "")
    assert event.notes == ()


def test_beside_its_sessions_the_real_sdk_keeps_the_template_of_what_is_logged(
    door: Door, url: str
) -> None:
    done = run_program(url, "logged")
    assert (done.returncode, done.stderr) == (0, "order A-1 failed for 7\n")
    (event,) = events(door)
    assert event.message == "order %s failed for %d"
    assert event.formatted == "order A-1 failed for 7"
    assert event.logger == "shop.cart"


def chunked(url: str, path: str, pieces: list[bytes]) -> http.client.HTTPResponse:
    """POST in chunks, with neither Content-Length nor Content-Type, as Node's SDK does."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
    connection.putrequest("POST", path)
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    for piece in pieces:
        connection.send(b"%x\r\n%b\r\n" % (len(piece), piece))
    connection.send(b"0\r\n\r\n")
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def test_a_body_in_chunks_without_a_length_is_read_whole_and_no_further_than_the_limit(
    door: Door, either_url: str
) -> None:
    sample = sdk_sample("node-10.40.0/cause.2")
    pieces = [sample.body[at : at + 1000] for at in range(0, len(sample.body), 1000)]
    answer = chunked(either_url, sample.path.replace("/43/", "/42/"), pieces)
    assert answer.status == 200
    (row,) = door.rows()
    assert row.body == sample.body
    answer = chunked(either_url, f"/api/42/store/?sentry_key={KEY}", [b"x" * 2**20] * 21)
    assert answer.status == 413
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert len(door.rows()) == 1


def test_a_connection_that_is_kept_open_is_used_again_after_a_refusal(door: Door, url: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
    answers = []
    for body in (b"not json", b'{"message":"a"}', b"{", b'{"message":"b"}'):
        connection.request("POST", "/api/42/store/", body, headers=AUTH)
        answer = connection.getresponse()
        answer.read()
        answers.append(answer.status)
    connection.close()
    assert answers == [400, 200, 400, 200]
    assert [event.formatted for event in events(door)] == ["a", "b"]


def test_the_worker_is_woken_after_the_row_is_there(door: Door) -> None:
    seen: list[int] = []

    class Looking(list[Next]):
        def append(self, todo: Next) -> None:
            seen.append(len(door.rows()))

    door.woken = Looking()
    door.store(b'{"message":"a"}')
    assert seen == [1]
