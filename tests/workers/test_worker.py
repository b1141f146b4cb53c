"""A real worker on a real broker, Redis and Valkey: messages wake, rows are the truth."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import Celery
from sqlmodel import select

from correlator.settings import Settings
from correlator.store.session import open_engine, reading
from correlator.store.tables import EventRow, IssueRow
from correlator.types import Next
from correlator.world import World
from tests.deliveries import a_project_id, an_event, deliver_event
from tests.servers import Broker, Process, wait_until
from workers.app import QUEUES, TASK, make_app


@pytest.fixture
def world(tmp_path: Path, sqlite_url: str, broker: Broker) -> Iterator[World]:
    settings = Settings(data_dir=tmp_path, database_url=sqlite_url, redis_url=broker.url)
    engine = open_engine(sqlite_url)
    yield World(settings=settings, engine=engine)
    engine.dispose()


@pytest.fixture
def app(world: World) -> Iterator[Celery]:
    app = make_app(world.settings)
    yield app
    app.close()


@pytest.fixture
def worker(world: World) -> Iterator[Process]:
    started = start_worker(world, "worker.log")
    yield started
    started.stop()


def start_worker(world: World, log: str, lease_seconds: float = 60) -> Process:
    settings = world.settings
    environment = {
        "CORRELATOR_DATA_DIR": str(settings.data_dir),
        "CORRELATOR_DATABASE_URL": settings.database_url,
        "CORRELATOR_REDIS_URL": settings.redis_url,
        "CORRELATOR_LEASE_SECONDS": str(lease_seconds),
    }
    command = [sys.executable, "-m", "celery", "-A", "workers.app", "worker", "--concurrency=1"]
    queues = ["--queues=intake,think,fetch,survey,learn"]
    return Process.start([*command, *queues], settings.data_dir / log, environment)


def send(app: Celery, todo: Next) -> None:
    app.send_task(TASK, args=[todo.step, list(todo.ids)], queue=QUEUES[todo.step])


def verdicts(world: World) -> int:
    with reading(world.engine) as session:
        return sum(issue.verdict_id is not None for issue in session.exec(select(IssueRow)))


def test_a_wake_up_leads_from_the_inbox_to_a_verdict(
    world: World, app: Celery, worker: Process
) -> None:
    deliver_event(world, a_project_id(world), an_event("total"))
    send(app, Next("digest"))
    worker.wait_until(lambda: verdicts(world) == 1, "the worker")


def test_work_whose_wake_up_was_lost_is_found_by_the_sweep(
    world: World, app: Celery, worker: Process
) -> None:
    project = a_project_id(world)
    for name in ("one", "two", "three"):
        deliver_event(world, project, an_event(name))
    send(app, Next("sweep"))
    worker.wait_until(lambda: verdicts(world) == 3, "the worker")


def test_a_message_that_comes_twice_does_its_work_once(
    world: World, app: Celery, worker: Process
) -> None:
    deliver_event(world, a_project_id(world), an_event("total"))
    for _ in range(5):
        send(app, Next("digest"))
    worker.wait_until(lambda: verdicts(world) == 1, "the worker")
    with reading(world.engine) as session:
        assert len(session.exec(select(EventRow)).all()) == 1


def test_a_worker_killed_in_the_act_loses_nothing(
    world: World, app: Celery, worker: Process
) -> None:
    project = a_project_id(world)
    deliver_event(world, project, an_event("before"))
    send(app, Next("digest"))
    worker.wait_until(lambda: verdicts(world) == 1, "the worker")
    for number in range(30):
        deliver_event(world, project, an_event(f"place{number}"))
    send(app, Next("digest"))
    worker.kill()
    another = start_worker(world, "another.log", lease_seconds=1)
    try:

        def all_done() -> bool:
            # What beat does every few seconds.
            send(app, Next("sweep"))
            return verdicts(world) == 31

        wait_until(all_done, "the other worker")
    finally:
        another.stop()
