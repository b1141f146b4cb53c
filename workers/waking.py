"""Wake-ups sent from a thread of their own, so that nobody at the door waits for the broker.

With the broker away a send takes seconds to fail, which a sender of events must not feel. A
wake-up says only "look", so one that still waits to be sent stands for all that are like it.
"""

import os
import threading
import time
from collections.abc import Callable

import structlog

from correlator.types import Next

log = structlog.get_logger(__name__)

PAUSE = 1.0
# Of different ones; more than this is left to the sweep.
MOST_WAITING = 1000


class Waker:
    """Call it with what is to be done; ``send`` says whether the broker took it, and may be slow.

    What the broker did not take is sent again, a try a second. What is lost with the process is
    found by the sweep. The thread starts with the first call, after any fork.
    """

    def __init__(self, send: Callable[[Next], bool], pause: float = PAUSE) -> None:
        self._send = send
        self._pause = pause
        self._waiting: dict[Next, None] = {}
        self._news = threading.Condition()
        self._process = 0
        self._away = False

    def __call__(self, todo: Next) -> bool:
        """Have it sent soon; False while the broker takes nothing. Never waits for the broker."""
        with self._news:
            if self._process != os.getpid():
                self._process = os.getpid()
                threading.Thread(target=self._work, name="waker", daemon=True).start()
            if len(self._waiting) < MOST_WAITING:
                self._waiting[todo] = None
                self._news.notify()
            return not self._away

    def _work(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: self._waiting)
                todo = next(iter(self._waiting))
                # Taken off first: one that comes while this is on its way is sent after it.
                del self._waiting[todo]
            sent = self._try(todo)
            with self._news:
                self._away = not sent
                if not sent:
                    self._waiting[todo] = None
            if not sent:
                time.sleep(self._pause)

    def _try(self, todo: Next) -> bool:
        try:
            return self._send(todo)
        except Exception as fault:  # noqa: BLE001 - the thread must outlive whatever a broker does
            log.warning("wake-up failed; it is tried again", fault=repr(fault)[:200])
            return False
