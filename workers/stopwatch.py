"""Times of steps and git commands, gathered in a worker process and added to the table by it.

Not after every task: on SQLite each write is a turn at the one lock. So a process that is killed
takes its last seconds of times along, and metrics lag by as much.
"""

import threading
import time

import structlog

from correlator.errors import CorrelatorError
from correlator.store.session import transaction
from correlator.store.upkeep.timings import Bucket, add_timings, beat, bound_of
from correlator.world import World

log = structlog.get_logger(__name__)

EVERY = 5.0
WORKER = "worker"


class Stopwatch:
    """What this process has measured and not yet written."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[tuple[str, str, float], tuple[int, float]] = {}
        self._written = 0.0

    def add(self, kind: str, name: str, seconds: float) -> None:
        """One observation."""
        key = (kind, name, bound_of(seconds))
        with self._lock:
            times, total = self._held.get(key, (0, 0.0))
            self._held[key] = (times + 1, total + seconds)

    def git(self, name: str, seconds: float) -> None:
        """One git command."""
        self.add("git", name, seconds)

    def write(self, world: World) -> None:
        """Write if it is time. A database that does not take it is no reason for a task to fail:
        what was measured is kept for the next time."""
        if time.monotonic() - self._written < EVERY:
            return
        self._written = time.monotonic()
        with self._lock:
            held, self._held = self._held, {}
        buckets = [Bucket(*key, *sums) for key, sums in held.items()]
        try:
            with transaction(world.engine) as session:
                beat(session, WORKER, world.now())
                add_timings(session, buckets)
        except CorrelatorError as fault:
            log.warning("times not written", fault=str(fault)[:200])
            self._take_back(buckets)

    def _take_back(self, buckets: list[Bucket]) -> None:
        with self._lock:
            for one in buckets:
                key = (one.kind, one.name, one.upto)
                times, total = self._held.get(key, (0, 0.0))
                self._held[key] = (times + one.times, total + one.seconds)
