"""How long each page takes to answer over a year of a busy team, in the server alone.

    python -m benchmarks.big_year DATABASE_URL && python -m benchmarks.page_speed DATABASE_URL ...

Every address of ``page_addresses`` is asked for through the application itself, as somebody who
is logged in: once to warm up, then until 20 answers or 1.5 seconds are full, 5 times at least. The
table has median and 95th percentile beside the limit (200 ms on PostgreSQL, 500 ms on SQLite), the
CPU that an answer takes in this process and in PostgreSQL's (where that runs on this machine,
without its parallel workers), its statements and size; worst first. Two databases stand side by
side. What the page's process remembers, or a worker prepares at the first look, is forgotten before
each of the answers called "first look". Exit code 1 if a median is over its limit, a page answers
with an error, or one has no address.
"""

import argparse
import gc
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median

import flask
import sqlalchemy as sa
from flask.testing import FlaskClient

from benchmarks.page_addresses import addresses, examples, unasked
from benchmarks.year_sql import NOW
from correlator.report import last_whole_week
from correlator.settings import Settings
from correlator.steps import drain
from correlator.steps.compare import make_anew
from correlator.steps.report import keep_week
from correlator.store import class_checks, comparisons, reports, tokens
from correlator.store.class_lessons import By
from correlator.store.session import open_engine, reading, transaction
from correlator.store.tables import AccountRow, PreviewRow
from correlator.types import Next
from correlator.world import World
from tests import builders
from tests.web.pages_site import _TOKEN as TOKEN
from web.app import create_app

LIMITS = {"postgresql": 0.2, "sqlite": 0.5}
MOST, LEAST, SECONDS = 20, 5, 1.5
PLAN, BEGAN = "page speed", NOW - timedelta(days=300)


@dataclass(frozen=True, slots=True)
class Answer:
    """Seconds on the clock, seconds of CPU here and in the database's process, statements, bytes,
    status."""

    wall: float
    own: float
    backend: float
    statements: int
    size: int
    status: int


@dataclass(frozen=True, slots=True)
class Measured:
    """The answers to one address."""

    address: str
    answers: tuple[Answer, ...]

    @property
    def wall(self) -> float:
        """Median seconds."""
        return median(one.wall for one in self.answers)

    @property
    def slow(self) -> float:
        """95th percentile, nearest rank."""
        ordered = sorted(one.wall for one in self.answers)
        return ordered[-(-95 * len(ordered) // 100) - 1]

    @property
    def cpu(self) -> tuple[float, float]:
        """Median seconds of CPU here and in the database's process."""
        return median(one.own for one in self.answers), median(one.backend for one in self.answers)


class Watch:
    """Counts the statements of an engine, and the CPU of the processes that answer them."""

    def __init__(self, engine: sa.Engine) -> None:
        self.statements = 0
        self._backends: set[int] = set()
        sa.event.listen(engine, "before_cursor_execute", self._count)
        sa.event.listen(engine, "checkout", self._meet)

    def _count(self, *_: object) -> None:
        self.statements += 1

    def _meet(self, connection: object, *_: object) -> None:
        info = getattr(connection, "info", None)
        self._backends |= {info.backend_pid} if info else set()

    @property
    def backend(self) -> float:
        """Seconds of CPU so far (Linux: the first number of ``schedstat`` is nanoseconds)."""
        files = (Path(f"/proc/{pid}/schedstat") for pid in self._backends)
        return sum(int(file.read_text().split()[0]) for file in files if file.exists()) / 1e9


class Visitor:
    """Somebody who is logged in, and what has to be done before and after each look."""

    def __init__(self, world: World) -> None:
        self.world, self.woken = world, list[Next]()
        self.app = create_app(world, self.woken.append)
        self.watch = Watch(world.engine)
        self.client, self.stranger = _logged_in(self.app, world), self.app.test_client()
        with transaction(world.engine) as session:
            token = tokens.mint(session, "page speed", None, NOW)
        self._bearer = {"Authorization": f"Bearer {token}"}

    def look(self, address: str) -> Answer:
        """One answer."""
        headers = self._bearer if address.startswith("/api/") else {}
        statements, backend = self.watch.statements, self.watch.backend
        began, busy = time.perf_counter(), time.process_time()
        who = self.stranger if address.startswith("/login") else self.client
        answer = who.get(address, headers=headers)
        wall, own = time.perf_counter() - began, time.process_time() - busy
        return Answer(
            wall=wall,
            own=own,
            backend=self.watch.backend - backend,
            statements=self.watch.statements - statements,
            size=len(answer.data),
            status=answer.status_code,
        )

    def measure(self, address: str, forget: Callable[[], None] | None = None) -> Measured:
        """The answers to an address; what it woke has been done before they count."""
        self.look(address)
        drain(self.world, *self.woken)
        answers: list[Answer] = []
        while len(answers) < LEAST or (
            len(answers) < MOST and sum(one.wall for one in answers) < SECONDS
        ):
            if forget:
                forget()
            answers.append(self.look(address))
        self.woken.clear()
        print(f"{1000 * median(one.wall for one in answers):6.0f} ms  {address}", file=sys.stderr)
        return Measured(f"{address} (first look)" if forget else address, tuple(answers))

    def forget(self) -> None:
        """As a process that has just begun."""
        for name in [one for one in self.app.extensions if one.startswith("correlator.")]:
            self.app.extensions.pop(name)

    def forget_previews(self) -> None:
        """As if nobody had looked ahead."""
        with transaction(self.world.engine) as session:
            session.execute(sa.delete(PreviewRow))


def _logged_in(app: flask.Flask, world: World) -> FlaskClient:
    with transaction(world.engine) as session:
        if session.get(AccountRow, 1) is None:
            builders.an_account(session)
    client = app.test_client()
    token = TOKEN.search(client.get("/login").text)
    assert token
    given = {"email": builders.EMAIL, "password": builders.PASSWORD, "csrf_token": token[1]}
    client.post("/login", data=given)
    return client


def prepare(world: World) -> tuple[int, int]:
    """What steps and people would have made by then: comparisons, a weekly report, a check that
    is followed. Made once a database. Returns the ids of check and report."""
    with reading(world.engine) as session:
        is_compared = comparisons.run_in_force(session) is not None
    if not is_compared:
        make_anew(world)
    fields = {"zone": "UTC", "weekday": 1, "hour": 8, "environment": "production", "services": [],
              "recipients": [], "project_id": None}  # fmt: skip
    with transaction(world.engine) as session:
        if reports.plan_named(session, PLAN) is None:
            reports.keep_plan(session, PLAN, fields, NOW)
            class_checks.add(session, 1, "assertion", "no such thing", By(None, BEGAN))
        plan = reports.plan_named(session, PLAN)
        made = class_checks.checks(session, 1)[0]
    assert plan
    return made.id or 0, keep_week(world, plan, last_whole_week(NOW, "UTC"))


def measured(url: str, only: str) -> tuple[str, list[Measured], list[str]]:
    """Dialect, what was measured, and the pages that have no address."""
    engine = open_engine(url)
    settings = Settings(data_dir=Path(tempfile.mkdtemp()), database_url=url)
    world = World(settings=settings, engine=engine, now=lambda: NOW)
    check, report = prepare(world)
    with reading(engine) as session:
        known = addresses(examples(session, check, report))
    visitor = Visitor(world)
    # As ``web.wsgi`` does.
    gc.collect()
    gc.freeze()
    asked = [one for some in known.values() for one in some if one.startswith(only)]
    found = [visitor.measure(one) for one in asked]
    for address, forget in (
        ("/scorecard", visitor.forget),
        ("/scorecard/issues", visitor.forget),
        ("/delivery?days=365", visitor.forget),
        ("/delivery/deploys?which=failed&days=365", visitor.forget),
        ("/classes", visitor.forget),
        ("/classes/1", visitor.forget),
        ("/reports/preview", visitor.forget_previews),
    ):
        if address.startswith(only):
            found.append(visitor.measure(address, forget))
    missing = list(unasked(visitor.app, known))
    engine.dispose()
    return engine.dialect.name, found, missing


def table(found: dict[str, list[Measured]]) -> list[str]:
    """As Markdown: a line an address, the one that is nearest to its limit first."""
    columns = [f"{name}: median | p95 | CPU | statements" for name in found]
    lines = ["| page | " + " | ".join(columns) + " | kB |"]
    lines.append("|---" * (lines[0].count("|") - 1) + "|")
    by_address: dict[str, dict[str, Measured]] = {}
    for name, some in found.items():
        for one in some:
            by_address.setdefault(one.address, {})[name] = one
    ordered = sorted(
        by_address.items(),
        key=lambda pair: -max(one.wall / LIMITS[name] for name, one in pair[1].items()),
    )
    for address, each in ordered:
        cells = " | ".join(_cells(each[name]) if name in each else "| | |" for name in found)
        size = next(iter(each.values())).answers[-1].size
        lines.append(f"| `{address}` | {cells} | {size / 1000:.0f} |")
    return lines


def _cells(one: Measured) -> str:
    own, backend = one.cpu
    cpu = f"{1000 * own:.0f}" + (f" + {1000 * backend:.0f}" if backend else "")
    times = f"{1000 * one.wall:.0f} ms | {1000 * one.slow:.0f} ms | {cpu} ms"
    return f"{times} | {median(each.statements for each in one.answers):.0f}"


def faults(name: str, found: list[Measured], missing: list[str]) -> list[str]:
    """What keeps the exit code from being 0."""
    said = [f"{name}: no address for {endpoint}" for endpoint in missing]
    for one in found:
        status = one.answers[-1].status
        if status != 200:
            said.append(f"{name}: {status} of {one.address}")
        if one.wall > LIMITS[name]:
            said.append(f"{name}: {1000 * one.wall:.0f} ms is over the limit: {one.address}")
    return said


def main() -> None:
    """Measure every page of each database and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("urls", nargs="+", metavar="url")
    parser.add_argument("--only", default="", help="addresses that begin so")
    given = parser.parse_args()
    found: dict[str, list[Measured]] = {}
    said: list[str] = []
    for url in given.urls:
        name, some, missing = measured(url, given.only)
        found[name] = some
        said += faults(name, some, missing)
    print("\n".join(table(found)))
    print("\n".join(said) or "Every page within its limit.")
    raise SystemExit(bool(said))


if __name__ == "__main__":
    main()
