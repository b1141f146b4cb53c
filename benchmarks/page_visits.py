"""Looks at pages as somebody who is logged in: seconds, CPU and statements of each answer."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median

import flask
import sqlalchemy as sa
from flask.testing import FlaskClient

from benchmarks.year_sql import NOW
from correlator.report import last_whole_week
from correlator.steps import drain
from correlator.steps.compare import make_anew
from correlator.steps.report import keep_week
from correlator.store.classes import checks as class_checks
from correlator.store.classes.lessons import By
from correlator.store.comparison import kept as comparisons
from correlator.store.people import tokens
from correlator.store.session import reading, transaction
from correlator.store.tables import AccountRow, PreviewRow
from correlator.store.weeks import reports
from correlator.types import Next
from correlator.world import World
from tests import builders
from tests.web.pages_site import _TOKEN as TOKEN
from web.app import create_app

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
    """The answers to one address of a page."""

    page: str
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

    def __init__(self, world: World, seconds: float = SECONDS) -> None:
        self.world, self.seconds, self.woken = world, seconds, list[Next]()
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

    def measure(
        self, page: str, address: str, forget: Callable[[], None] | None = None
    ) -> Measured:
        """The answers to an address; what it woke has been done before they count."""
        self.look(address)
        drain(self.world, *self.woken)
        answers: list[Answer] = []
        while len(answers) < LEAST or (
            len(answers) < MOST and sum(one.wall for one in answers) < self.seconds
        ):
            if forget:
                forget()
            answers.append(self.look(address))
        self.woken.clear()
        print(f"{1000 * median(one.wall for one in answers):6.0f} ms  {address}", file=sys.stderr)
        return Measured(page, f"{address} (first look)" if forget else address, tuple(answers))

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
    """What steps and people would have made by then: counts, outcomes, comparisons, what deploys
    broke, a weekly report, a check that is followed. Made once a database. Returns the ids of check
    and report."""
    drain(world, Next("count"), Next("score"))
    with reading(world.engine) as session:
        is_compared = comparisons.run_in_force(session) is not None
    if not is_compared:
        make_anew(world)
    drain(world, Next("broken"))
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
