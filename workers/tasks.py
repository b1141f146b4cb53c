"""The one task: run a step, then wake whoever does what follows.

Each worker process opens its own World at its first task: a connection must not cross a fork.
"""

import time
from functools import cache
from typing import Any

import structlog

from correlator.code.watching import watching
from correlator.errors import Transient
from correlator.settings import load_settings
from correlator.steps import run
from correlator.store.session import transaction
from correlator.store.tables import TroubleRow
from correlator.store.upkeep.trouble import keep_trouble
from correlator.types import Next
from correlator.world import World, open_world
from workers import reporting
from workers.app import TASK, app, backoff, wake
from workers.stopwatch import Stopwatch

log = structlog.get_logger(__name__)

MOST_RETRIES = 6
STOPWATCH = Stopwatch()


@cache
def world() -> World:
    """This process's World; its defects are reported from here on."""
    settings = load_settings()
    reporting.start(settings)
    return open_world(settings, report=reporting.report)


@app.task(name=TASK, bind=True, max_retries=MOST_RETRIES)
def run_step(self: Any, name: str, ids: list[int]) -> None:
    """Run one step; what may pass is tried again, what does not is trouble that somebody sees."""
    todo, began = Next(name, tuple(ids)), time.perf_counter()
    try:
        with watching(STOPWATCH.git):
            follows = run(world(), todo)
        for following in follows:
            wake(following)
    except Transient as fault:
        if self.request.retries < MOST_RETRIES:
            raise self.retry(exc=fault, countdown=backoff(self.request.retries)) from fault
        _keep(todo, fault)
        return
    finally:
        STOPWATCH.add("step", name, time.perf_counter() - began)
        STOPWATCH.write(world())
    # A sweep that finds nothing comes every few seconds, and would bury all else in a terminal.
    tell = log.info if ids or follows else log.debug
    tell(
        "step",
        step=name,
        ids=len(ids),
        follows=len(follows),
        seconds=round(time.perf_counter() - began, 3),
    )


def _keep(todo: Next, fault: Transient) -> None:
    trouble = TroubleRow(
        step=todo.step,
        subject_id=todo.ids[0] if todo.ids else 0,
        reason=f"Tried {MOST_RETRIES + 1} times: {fault}",
        at=world().now(),
    )
    with transaction(world().engine) as session:
        keep_trouble(session, trouble)
