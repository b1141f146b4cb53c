"""What several readers at once do to each other: the real server, asked over HTTP.

A server process of its own runs the application in waitress with as many threads as ``correlator
up`` gives it. Each reader is a thread here that is logged in, holds one connection, and asks for
pages as fast as they come, each reader in another order: the dearest case, since nobody reads that
fast. What one reader alone sees is measured first, by the same way.
"""

import http.client
import logging
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import create_connection, create_server
from statistics import median, quantiles
from urllib.parse import urlencode

import waitress

from benchmarks.year_sql import NOW
from correlator.settings import Settings
from correlator.store.session import open_engine
from correlator.world import World
from tests import builders
from tests.web.pages_site import _TOKEN as TOKEN
from web.app import create_app

HOST, START_SECONDS = "127.0.0.1", 60


@dataclass(frozen=True, slots=True)
class Read:
    """What readers saw: seconds of each answer by address, and seconds that all of it took."""

    readers: int
    took: dict[str, list[float]]
    seconds: float
    failed: int

    @property
    def line(self) -> str:
        """As a row of a table."""
        every = [one for some in self.took.values() for one in some]
        worst = max(self.took, key=lambda address: median(self.took[address]))
        return (
            f"| {self.readers} | {len(every) / self.seconds:.1f} | {1000 * median(every):.0f} ms"
            f" | {1000 * quantiles(every, n=20)[-1]:.0f} ms | {1000 * max(every):.0f} ms"
            f" | `{worst}` {1000 * median(self.took[worst]):.0f} ms |"
        )


def table(url: str, addresses: Sequence[str], readers: int, seconds: float) -> list[str]:
    """Lines for one reader and for many. Raises RuntimeError if a page answers with an error."""
    lines = [
        "| readers | pages a second | median | p95 | longest | dearest page, its median |",
        "|---|---|---|---|---|---|",
    ]
    with _server(url) as port:
        for number in dict.fromkeys((1, readers)):
            found = _read(port, addresses, number, seconds)
            if found.failed:
                raise RuntimeError(f"{found.failed} answers were errors")
            lines.append(found.line)
    return lines


def _read(port: int, addresses: Sequence[str], readers: int, seconds: float) -> Read:
    took: dict[str, list[float]] = {one: [] for one in addresses}
    failed: list[int] = []
    until = time.perf_counter() + seconds

    def read(seed: int) -> None:
        order = random.Random(seed).sample(addresses, len(addresses))
        with closing(http.client.HTTPConnection(HOST, port)) as connection:
            cookie = _log_in(connection)
            while True:
                for address in order:
                    if time.perf_counter() > until:
                        return
                    began = time.perf_counter()
                    connection.request("GET", address, headers={"Cookie": cookie})
                    answer = connection.getresponse()
                    answer.read()
                    took[address].append(time.perf_counter() - began)
                    failed.extend([answer.status] if answer.status != 200 else [])

    began = time.perf_counter()
    threads = [threading.Thread(target=read, args=(seed,)) for seed in range(readers)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    asked = {address: some for address, some in took.items() if some}
    return Read(readers, asked, time.perf_counter() - began, len(failed))


def _log_in(connection: http.client.HTTPConnection) -> str:
    connection.request("GET", "/login")
    answer = connection.getresponse()
    token, cookie = TOKEN.search(answer.read().decode()), _cookie(answer)
    assert token
    given = {"email": builders.EMAIL, "password": builders.PASSWORD, "csrf_token": token[1]}
    form = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/login", urlencode(given), form)
    answer = connection.getresponse()
    answer.read()
    return _cookie(answer)


def _cookie(answer: http.client.HTTPResponse) -> str:
    return answer.headers["Set-Cookie"].partition(";")[0]


@contextmanager
def _server(url: str) -> Iterator[int]:
    with create_server((HOST, 0)) as free:
        port = int(free.getsockname()[1])
    server = subprocess.Popen([sys.executable, "-m", "benchmarks.page_readers", url, str(port)])
    try:
        _wait_for(port, server)
        yield port
    finally:
        server.terminate()
        server.wait()


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            create_connection((HOST, port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server did not start")


def _serve(url: str, port: int) -> None:
    # It warns of each answer that has to wait for a thread.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    settings = Settings(data_dir=Path(tempfile.mkdtemp()), database_url=url)
    world = World(settings=settings, engine=open_engine(url), now=lambda: NOW)
    app = create_app(world, lambda _todo: True)
    waitress.serve(app, host=HOST, port=port, threads=settings.web_threads, _quiet=True)


if __name__ == "__main__":
    _serve(sys.argv[1], int(sys.argv[2]))
