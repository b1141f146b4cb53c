"""A Correlator of one's own to play in: `correlator up` as a child, set up by the command line.

It has its own data directory and never touches the database or broker that the environment may
name: a demo must not write into what is used in earnest.
"""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson

from correlator.errors import Permanent
from correlator.settings import Settings, load_settings
from correlator.stack import ready, settle
from correlator.store.people import accounts
from correlator.store.session import transaction
from correlator.supervisor import die_with_us
from correlator.world import open_migrated_world

COMMAND = (sys.executable, "-m", "correlator")
UP_SECONDS = 120.0
STOP_SECONDS = 45.0
LOG = "up.log"
MARK = "demo"


@dataclass(frozen=True, slots=True)
class House:
    """A running Correlator: its settings, and the environment that its commands need."""

    settings: Settings
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes]

    @property
    def running(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def command(self, *arguments: str) -> Any:
        """Run a command of ours with ``--json`` and return what it printed."""
        done = subprocess.run(
            [*COMMAND, *arguments, "--json"],
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if done.returncode != 0:
            words = done.stderr.decode("utf-8", "replace").strip()
            raise Permanent(f"correlator {' '.join(arguments)} failed: {words}")
        return orjson.loads(done.stdout)

    def get(self, path: str, token: str) -> Any:
        """A page's JSON twin."""
        headers = {"Authorization": f"Bearer {token}"}
        try:
            answer = httpx.get(f"{self.settings.base_url}{path}", headers=headers, timeout=30)
        except httpx.HTTPError as fault:
            raise self.silence(fault) from fault
        if answer.status_code != 200:
            raise Permanent(f"{path} answered {answer.status_code}: {answer.text[:200]}")
        return answer.json()

    def silence(self, fault: Exception) -> Permanent:
        """What to say when it no longer answers."""
        log = self.settings.data_dir / LOG
        return Permanent(f"Correlator does not answer any more ({fault}); {log} says why.")


def is_demo(data_dir: Path) -> bool:
    """Whether what lies there was played by the demo, with its clock turned back."""
    return (data_dir / MARK).is_file()


def own_settings(data_dir: Path, port: int) -> Settings:
    """Settings of a Correlator that stands alone: everything in its own directory."""
    return settle(
        load_settings(
            data_dir=data_dir,
            port=port,
            database_url="",
            redis_url="",
            sentry_dsn="",
            allowed_repository_paths=(data_dir.resolve(),),
        )
    )


def add_account(settings: Settings, email: str) -> str:
    """Make an account; its password, which is kept nowhere."""
    password = secrets.token_urlsafe(9)
    world = open_migrated_world(settings)
    try:
        with transaction(world.engine) as session:
            accounts.add(session, email, password, world.now())
    finally:
        world.engine.dispose()
    return password


@contextmanager
def open_house(settings: Settings) -> Iterator[House]:
    """Run `correlator up` while the block lasts; its log goes to ``up.log`` in the data dir."""
    environment = _environment(settings)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with (settings.data_dir / LOG).open("wb") as log:
        process = subprocess.Popen(
            [*COMMAND, "up"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_us(signal.SIGTERM, os.getpid()),
        )
    try:
        _wait(process, settings)
        yield House(settings, environment, process)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], settings: Settings) -> None:
    is_ready, end = ready(settings), time.monotonic() + UP_SECONDS
    while not is_ready():
        if process.poll() is not None or time.monotonic() > end:
            log = settings.data_dir / LOG
            last = log.read_text("utf-8", "replace").splitlines()[-5:]
            raise Permanent("\n".join(["Correlator did not start:", *last, f"All of it: {log}"]))
        time.sleep(0.2)


def _environment(settings: Settings) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CORRELATOR_")}
    paths = ":".join(map(str, settings.allowed_repository_paths))
    return {
        **kept,
        "CORRELATOR_DATA_DIR": str(settings.data_dir),
        "CORRELATOR_HOST": settings.host,
        "CORRELATOR_PORT": str(settings.port),
        "CORRELATOR_BASE_URL": settings.base_url,
        "CORRELATOR_ALLOWED_REPOSITORY_PATHS": paths,
        "CORRELATOR_WORKERS": str(settings.workers),
        "CORRELATOR_LOG_LEVEL": settings.log_level,
    }
