"""Fixtures that every test may ask for. Nothing here stands in for our own code.

``engine`` runs a test on SQLite and on PostgreSQL, ``broker`` on Redis and on Valkey; servers are
real, one of each a test process, and start when first asked for. No test may reach the network.
"""

import ipaddress
import itertools
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Error, Page, sync_playwright

from correlator.settings import Settings
from correlator.store.migrate import migrate
from correlator.store.session import open_engine
from correlator.world import World
from tests import servers

_numbers = itertools.count()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark a test by the servers it asks for, so that ``-m 'not browser'`` and such work."""
    by_fixture = {"engine": "database", "postgres": "database", "broker": "broker"}
    for item in items:
        for fixture in getattr(item, "fixturenames", ()):
            if fixture in by_fixture:
                item.add_marker(by_fixture[fixture])
            if fixture == "browser":
                item.add_marker("browser")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes go by their argument's name: shown whole they are noise, and compressed ones hold the
    time, so that two test processes would not even agree on the tests' names."""
    return argname if isinstance(val, bytes) else None


# --- the world outside ---------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def _nothing_of_this_machine() -> Iterator[None]:
    """Tests see neither the settings of whoever runs them nor a git configuration."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("CORRELATOR_", "GIT_"))]:
            patch.delenv(name)
        patch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        patch.setenv("TZ", "UTC")
        yield


def _is_loopback(address: Any) -> bool:
    if not isinstance(address, tuple):
        return True
    host = address[0]
    if host in ("localhost", ""):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """A connection to anything but this machine fails the test that makes it."""

    def guarded(name: str) -> Callable[..., Any]:
        original = getattr(socket.socket, name)

        def connect(self: socket.socket, address: Any) -> Any:
            if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address):
                pytest.fail(f"a test tried to reach {address!r}; tests stay on loopback")
            return original(self, address)

        return connect

    look_up = socket.getaddrinfo

    def getaddrinfo(host: Any, *rest: Any, **more: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name is not None and not _is_loopback((name,)):
            pytest.fail(f"a test tried to look up {name!r}; tests stay on loopback")
        return look_up(host, *rest, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded("connect"))
        patch.setattr(socket.socket, "connect_ex", guarded("connect_ex"))
        patch.setattr(socket, "getaddrinfo", getaddrinfo)
        yield


@pytest.fixture(scope="session")
def server_directory() -> Iterator[Path]:
    """A short-named directory that others may enter: unix sockets and PostgreSQL want that."""
    with tempfile.TemporaryDirectory(prefix="ct-", ignore_cleanup_errors=True) as made:
        place = Path(made)
        place.chmod(0o755)
        yield place


# --- databases -----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgres(server_directory: Path) -> Iterator[servers.Postgres]:
    """A real PostgreSQL, with a migrated database called ``template`` to copy."""
    server = servers.start_postgres(server_directory / "pg")
    try:
        server.execute("create database template")
        engine = open_engine(server.url("template"))
        migrate(engine)
        engine.dispose()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def _sqlite_template(server_directory: Path) -> Path:
    path = server_directory / "template.sqlite"
    engine = open_engine(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path, _sqlite_template: Path) -> str:
    """A migrated SQLite database of this test's own."""
    path = tmp_path / "data" / "correlator.sqlite"
    path.parent.mkdir()
    shutil.copyfile(_sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres: servers.Postgres) -> Iterator[str]:
    """A migrated PostgreSQL database of this test's own."""
    name = f"test_{next(_numbers)}"
    postgres.execute(f"create database {name} template template")
    yield postgres.url(name)
    postgres.execute(f"drop database {name} with (force)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated database of this test's own; the test runs once on each kind."""
    short = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param]
    url: str = request.getfixturevalue(short)
    return url


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    """An engine on ``database_url``."""
    opened = open_engine(database_url)
    yield opened
    opened.dispose()


# --- brokers -------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def _brokers(server_directory: Path) -> Iterator[dict[str, servers.Broker]]:
    started: dict[str, servers.Broker] = {}
    yield started
    for broker in started.values():
        broker.stop()


@pytest.fixture(params=servers.BROKERS)
def broker(
    request: pytest.FixtureRequest, _brokers: dict[str, servers.Broker], server_directory: Path
) -> servers.Broker:
    """A real, empty broker: Redis, then Valkey. One that you kill, start by ``start_broker``."""
    kind: str = request.param
    if kind not in _brokers:
        _brokers[kind] = servers.start_broker(kind, server_directory / kind)
    _brokers[kind].empty()
    return _brokers[kind]


# --- the world -----------------------------------------------------------------------------------


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """Settings with a data directory under ``tmp_path``, on ``database_url``."""
    return Settings(
        data_dir=tmp_path / "data", database_url=database_url, allowed_repository_paths=(tmp_path,)
    )


@pytest.fixture
def world(settings: Settings, engine: sa.Engine) -> World:
    """A world on a real, empty database: the test runs once on each kind."""
    settings.data_dir.mkdir(exist_ok=True)
    return World(settings=settings, engine=engine, report=_raise)


def _raise(fault: BaseException) -> None:
    raise fault


# --- the web -------------------------------------------------------------------------------------


@pytest.fixture
def live_server() -> Callable[[Any], AbstractContextManager[str]]:
    """``with live_server(app) as url``: a WSGI app served on a free port of loopback."""
    return servers.serving


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real Chromium, without a window."""
    program = servers.chromium_program()
    with sync_playwright() as driver:
        try:
            started = driver.chromium.launch(
                executable_path=program, args=["--disable-gpu", "--no-first-run"]
            )
        except Error as fault:
            pytest.fail(f"Chromium did not start (packages chromium, libatomic1): {fault}")
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page, logged in nowhere; a script error on it fails the test."""
    context = browser.new_context(viewport={"width": 1360, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(10_000)
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    context.close()
    assert errors == []
