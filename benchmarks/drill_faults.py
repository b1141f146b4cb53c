"""The harm itself: each drill hurts a stack under load and says what came of it."""

import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from benchmarks.drill_score import Bench, Outcome, settle
from benchmarks.drill_site import children

MIDDLE = 0.4
FULL_SECONDS = 8.0

Drill = Callable[[Bench], Outcome]


def worker_child(bench: Bench) -> Outcome:
    """``kill -9`` every process of the worker's pool."""
    load, parent = bench.load(), bench.site.pid_of("worker")
    over = load.when(MIDDLE, lambda: _kill_all(children(parent)))
    return settle(bench, load, "kill -9 of the pool's processes", over)


def worker(bench: Bench) -> Outcome:
    """``kill -9`` the whole worker; its pool must go with it."""
    load, parent = bench.load(), bench.site.pid_of("worker")
    pool = children(parent)
    over = load.when(MIDDLE, lambda: _kill(parent))
    outcome = settle(bench, load, "kill -9 of the worker", over)
    left = [pid for pid in pool if Path(f"/proc/{pid}").exists()]
    assert not left, f"the killed worker left processes behind: {left}"
    return outcome


def web(bench: Bench) -> Outcome:
    """``kill -9`` the web server."""
    load = bench.load()
    over = load.when(MIDDLE, lambda: bench.site.kill("web"))
    return settle(bench, load, "kill -9 of web", over)


def broker(bench: Bench) -> Outcome:
    """``kill -9`` the broker; the supervisor starts it again."""
    load = bench.load()
    over = load.when(MIDDLE, lambda: bench.site.kill("broker"))
    return settle(bench, load, "kill -9 of the broker", over)


def broker_down(bench: Bench) -> Outcome:
    """The broker is away while all the events come in: whenever it comes back, it is killed."""
    seconds = bench.pace.down_seconds
    bench.site.kill("broker")
    load, end = bench.load(), time.monotonic() + seconds
    while time.monotonic() < end:
        if pid := bench.site.find("broker"):
            _kill(pid)
        time.sleep(0.02)
    return settle(bench, load, f"broker down for {seconds:.0f} s", end)


def broker_hung(bench: Bench) -> Outcome:
    """The broker takes connections and never answers."""
    seconds, pid = bench.pace.down_seconds, bench.site.pid_of("broker")
    os.kill(pid, signal.SIGSTOP)
    try:
        load = bench.load()
        time.sleep(seconds)
    finally:
        os.kill(pid, signal.SIGCONT)
    return settle(bench, load, f"broker hung for {seconds:.0f} s", time.monotonic())


def broker_emptied(bench: Bench) -> Outcome:
    """FLUSHALL while work is queued: the pool is stopped, so that nothing can be taken off."""
    worker_pid = bench.site.pid_of("worker")
    stopped = [worker_pid, *children(worker_pid)]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        load = bench.load()
        over = load.when(MIDDLE, bench.site.empty_broker)
        load.when(1.0, bench.site.empty_broker)
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
    return settle(bench, load, "broker emptied, twice, with work queued", over)


def locked(bench: Bench) -> Outcome:
    """Somebody else holds the database for longer than anyone waits for it."""
    seconds, load = bench.pace.locked_seconds, bench.load()

    def hold() -> None:
        with _lock(bench):
            time.sleep(seconds)

    load.when(MIDDLE, hold)
    return settle(bench, load, f"database locked for {seconds:.0f} s", time.monotonic())


def disk_full(bench: Bench) -> Outcome:
    """No room for the database to grow; then there is room again."""
    load = bench.load()

    def fill() -> None:
        with bench.site.full():
            time.sleep(FULL_SECONDS)

    load.when(MIDDLE, fill)
    done = f"disk full for {FULL_SECONDS:.0f} s ({bench.site.how_full})"
    return settle(bench, load, done, time.monotonic())


def stop_and_start(bench: Bench) -> Outcome:
    """SIGTERM to the whole stack under load, then start it again."""
    load = bench.load()
    over = load.when(MIDDLE, bench.site.stop)
    bench.site.start()
    return settle(bench, load, "SIGTERM of the whole stack, then up again", over)


def stack_killed(bench: Bench) -> Outcome:
    """``kill -9`` of the supervisor, with which all goes, then start it again."""
    load = bench.load()
    over = load.when(MIDDLE, bench.site.crash)
    bench.site.start()
    return settle(bench, load, "kill -9 of the whole stack, then up again", over)


DRILLS: dict[str, Drill] = {
    "worker-child": worker_child,
    "worker": worker,
    "web": web,
    "broker": broker,
    "broker-down": broker_down,
    "broker-hung": broker_hung,
    "broker-emptied": broker_emptied,
    "locked": locked,
    "disk-full": disk_full,
    "stop": stop_and_start,
    "crash": stack_killed,
}


def _kill_all(pids: Iterable[int]) -> None:
    for pid in pids:
        _kill(pid)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


@contextmanager
def _lock(bench: Bench) -> Iterator[None]:
    url = bench.site.engine.url
    if url.get_backend_name() == "sqlite":
        held = sqlite3.connect(str(url.database), isolation_level=None, timeout=30)
        held.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            held.rollback()
            held.close()
        return
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as line:
        line.execute("LOCK TABLE inbox, issue, event IN ACCESS EXCLUSIVE MODE")
        yield
        line.rollback()
