"""A Correlator to be hurt: `correlator up` as a child, with a repository, deploys, and its books.

Everything is real: the processes, the broker, the database, git. What was kept is read from the
database itself, past everything that could flatter it.
"""

import os
import re
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import orjson
import redis
import sqlalchemy as sa
from sqlmodel import col, select

from correlator.store.intake import inbox
from correlator.store.session import open_engine, reading
from correlator.store.tables import EventRow, IssueRow, TroubleRow, VerdictRow
from correlator.supervisor import die_with_us
from tests.gitrepo import GitRepo
from tests.servers import free_port

UP_SECONDS = 120.0
STOP_SECONDS = 60.0
FUNCTIONS = 400
RELEASES = ("shop@1.0", "shop@1.1")
# How a child of the supervisor is told by its command line.
MARKS = {
    "broker": re.compile(r"(valkey|redis)-server"),
    "worker": re.compile(r"workers\.app worker .*--queues=intake"),
    "learner": re.compile(r"workers\.app worker .*--queues=learn"),
    "beat": re.compile(r"workers\.app beat"),
    "web": re.compile(r"-m waitress"),
}


@dataclass(frozen=True, slots=True)
class Books:
    """What the database holds now. ``events``: event and issue, a pair a row; ``counted``: the
    issues' own counts of their events; ``waiting``: deliveries not yet worked on;
    ``unexplained``: issues that want a verdict; ``verdicts``: how many each issue has;
    ``silent``: verdicts that abstain."""

    events: tuple[tuple[str, int], ...]
    counted: int
    waiting: int
    unexplained: int
    verdicts: Mapping[int, int]
    silent: int
    troubles: tuple[str, ...]


@dataclass
class Site:
    """A running stack and what is needed to send to it, hurt it and read its books."""

    home: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes]
    engine: sa.Engine
    address: str
    dsn_key: str = ""
    project: str = ""

    @property
    def data_dir(self) -> Path:
        """Its data directory."""
        return self.home / "data"

    @property
    def log(self) -> str:
        """All that its processes said."""
        return (self.home / "up.log").read_text("utf-8", "replace")

    def find(self, name: str) -> int | None:
        """The process of a child of the supervisor, if it runs now."""
        mark = MARKS[name]
        found = (pid for pid in children(self.process.pid) if mark.search(command_of(pid)))
        return next(found, None)

    def pid_of(self, name: str, patience: float = 60.0) -> int:
        """The process of a child of the supervisor, once there is one."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if pid := self.find(name):
                return pid
            time.sleep(0.02)
        raise AssertionError(f"no {name} within {patience:.0f} s")

    def kill(self, name: str) -> int:
        """``kill -9`` a child of the supervisor; its process id."""
        pid = self.pid_of(name)
        os.kill(pid, signal.SIGKILL)
        return pid

    @property
    def how_full(self) -> str:
        """By which means `full` takes the room away."""
        return "tmpfs" if self.data_dir.is_mount() else "RLIMIT_FSIZE"

    @contextmanager
    def full(self) -> Iterator[None]:
        """No room for the database while the block lasts."""
        how = ballast if self.data_dir.is_mount() else partial(no_larger_files, self.process.pid)
        with how(self.data_dir):
            yield

    def empty_broker(self) -> None:
        """FLUSHALL."""
        with redis.Redis(unix_socket_path=str(self.data_dir / "valkey.sock")) as client:
            client.flushall()

    def stop(self) -> None:
        """Ask the whole stack to end; it must, by itself and with 0."""
        self.process.terminate()
        code = self.process.wait(STOP_SECONDS)
        assert code == 0, f"the stack ended with {code}"

    def crash(self) -> None:
        """``kill -9`` the supervisor; all its children must go with it."""
        family = children(self.process.pid)
        self.process.kill()
        self.process.wait()
        end = time.monotonic() + STOP_SECONDS
        while any(command_of(pid) for pid in family):
            assert time.monotonic() < end, "children outlived the killed stack"
            time.sleep(0.05)

    def start(self) -> None:
        """Start the stack again, where it was."""
        self.process = run_up(self.home, self.environment)
        self.address = address_of(self.home, self.process)

    def books(self) -> Books:
        """Read what is kept."""
        with reading(self.engine) as session:
            wants = select(sa.func.count()).where(IssueRow.wants_verdict)
            verdicts = select(VerdictRow.issue_id, sa.func.count()).group_by(
                col(VerdictRow.issue_id)
            )
            silent = select(sa.func.count()).where(col(VerdictRow.abstained).is_not(None))
            events = session.exec(select(EventRow.event_id, EventRow.issue_id)).all()
            return Books(
                events=tuple((event, issue) for event, issue in events),
                counted=session.exec(select(sa.func.sum(IssueRow.times_seen))).one() or 0,
                waiting=inbox.waiting(session),
                unexplained=session.exec(wants).one(),
                verdicts={issue: count for issue, count in session.exec(verdicts)},
                silent=session.exec(silent).one(),
                troubles=tuple(
                    session.exec(
                        select(TroubleRow.reason).where(col(TroubleRow.resolved_at).is_(None))
                    ).all()
                ),
            )

    def wait(self, is_so: Callable[[Books], bool], patience: float) -> float:
        """Seconds until the books say so; all that is known if they do not."""
        began = time.monotonic()
        while not is_so(books := self.books()):
            if time.monotonic() - began > patience:
                raise AssertionError(f"not within {patience:.0f} s: {summary(books)}")
            time.sleep(0.1)
        return time.monotonic() - began


def summary(books: Books) -> str:
    """The books in a line."""
    return (
        f"{len(books.events)} events, {books.waiting} deliveries waiting,"
        f" {len(books.verdicts)} issues with verdicts, {books.unexplained} without,"
        f" troubles: {list(books.troubles)}"
    )


def children(pid: int) -> list[int]:
    """The processes that a process started and that still run, by Linux's word."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(one) for task in tasks for one in (task / "children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def command_of(pid: int) -> str:
    """A process's command line; empty when it is gone or ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def descendants(pid: int) -> list[int]:
    """The processes that a process started, and theirs."""
    own = children(pid)
    return own + [one for child in own for one in descendants(child)]


@contextmanager
def ballast(directory: Path) -> Iterator[None]:
    """Fill what room there is, and keep it full; then give it back."""
    over, file = threading.Event(), directory / "ballast"

    def fill() -> None:
        with file.open("ab", buffering=0) as out:
            while not over.wait(0.05):
                with suppress(OSError):
                    while out.write(bytes(4096)):
                        pass

    thread = threading.Thread(target=fill)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        file.unlink()


@contextmanager
def no_larger_files(pid: int, _directory: Path) -> Iterator[None]:
    """Where no file system can be mounted: no process of the stack may write to the far end of a
    file, as the database must to grow."""
    limited = [one for one in descendants(pid) if not MARKS["broker"].search(command_of(one))]
    most = resource.prlimit(pid, resource.RLIMIT_FSIZE)[1]
    for one in limited:
        resource.prlimit(one, resource.RLIMIT_FSIZE, (32768, most))
    try:
        yield
    finally:
        for one in descendants(pid):
            with suppress(ProcessLookupError):
                resource.prlimit(one, resource.RLIMIT_FSIZE, (most, most))


@contextmanager
def small_disk(directory: Path, mebibytes: int) -> Iterator[None]:
    """A file system of that size at ``directory``, where mounting is allowed."""
    directory.mkdir(parents=True, exist_ok=True)
    size = f"size={mebibytes}m"
    mount = ["mount", "-t", "tmpfs", "-o", size, "drill", str(directory)]
    mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        yield
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(directory)], check=True)


def function(number: int) -> str:
    """Name of the deployed function that throws issue ``number``."""
    return f"step_{number:03}"


def line_of(number: int) -> int:
    """Line of ``shop/steps.py`` on which it throws."""
    return 4 * number + 2


def build_repository(path: Path) -> dict[str, str]:
    """A repository of many functions, each of which breaks in release 1.1; release to hash."""
    repo = GitRepo(path)
    works = [
        f"def {function(n)}(order):\n    return order.get({n})\n\n\n" for n in range(FUNCTIONS)
    ]
    first = repo.commit("Steps of an order", {"shop/steps.py": "".join(works)})
    broken = [text.replace(".get(", "[").replace(")\n\n", "]\n\n") for text in works]
    text = "".join(works)
    for start in range(0, FUNCTIONS, 40):
        text = "".join(broken[: start + 40] + works[start + 40 :])
        repo.commit(f"Steps from {start} on insist on their order", {"shop/steps.py": text})
    return dict(zip(RELEASES, (first, repo.head), strict=True))


@contextmanager
def open_site(home: Path, **settings: object) -> Iterator[Site]:
    """Run a stack in ``home`` while the block lasts, its project set up and its code deployed."""
    home.mkdir(parents=True, exist_ok=True)
    revisions = build_repository(home / "repo")
    environment = _environment(home, settings)
    database = environment["CORRELATOR_DATABASE_URL"] or (
        f"sqlite:///{home / 'data' / 'correlator.sqlite'}"
    )
    process = run_up(home, environment)
    site = Site(home, environment, process, open_engine(database), "")
    try:
        site.address = address_of(home, process)
        _set_up(site, revisions)
        yield site
    finally:
        site.engine.dispose()
        site.process.terminate()
        try:
            site.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            site.process.kill()
            site.process.wait()


def run_up(home: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start `correlator up`; what it says is appended to ``up.log``."""
    with (home / "up.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "correlator", "up"],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=die_with_us(signal.SIGTERM, os.getpid()),
        )


def address_of(home: Path, process: subprocess.Popen[bytes]) -> str:
    """The address that a stack prints once it is up."""
    log, end = home / "up.log", time.monotonic() + UP_SECONDS
    while time.monotonic() < end and process.poll() is None:
        said = log.read_text("utf-8", "replace").rpartition("stopping")[2]
        if found := re.search(r"is up: (\S+)", said):
            return found.group(1)
        time.sleep(0.1)
    raise AssertionError(f"it did not start:\n{log.read_text('utf-8', 'replace')[-2000:]}")


def _environment(home: Path, settings: Mapping[str, object]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CORRELATOR_")}
    given = {
        "data_dir": home / "data",
        "database_url": "",
        "port": free_port(),
        "allowed_repository_paths": home,
        "log_format": "text",
        **settings,
    }
    return {**kept, **{f"CORRELATOR_{name.upper()}": str(value) for name, value in given.items()}}


def _set_up(site: Site, revisions: Mapping[str, str]) -> None:
    run = partial(_command, site.environment)
    dsn = run("project", "add", "shop")["dsn"]
    site.dsn_key = dsn.partition("://")[2].partition("@")[0]
    site.project = dsn.rpartition("/")[2]
    run("repo", "add", "shop", str(site.home / "repo"), "--project", "shop")
    token = run("token", "add", "drill", "--project", "shop")["token"]
    for release, sha in revisions.items():
        said = {"release": release, "environment": "production", "revision": sha}
        headers = {"Authorization": f"Bearer {token}"}
        url = f"{site.address}/api/deploys"
        httpx.post(url, json=said, headers=headers).raise_for_status()
    site.wait(lambda books: books.waiting == 0, 60)


def _command(environment: Mapping[str, str], *arguments: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "correlator", *arguments, "--json"],
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        raise AssertionError(f"correlator {' '.join(arguments)}: {done.stderr.decode()}")
    return orjson.loads(done.stdout)
