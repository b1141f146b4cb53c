"""Who wants to know how long git took. A room knows no store: whoever asks is told, here.

``watching(tell)`` holds for the current context (thread or task); ``timed`` reports to it.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Tell = Callable[[str, float], None]
_tell: ContextVar[Tell | None] = ContextVar("tell", default=None)


@contextmanager
def watching(tell: Tell) -> Iterator[None]:
    """While this lasts, ``tell`` gets the git command (its first word) and its seconds."""
    token = _tell.set(tell)
    try:
        yield
    finally:
        _tell.reset(token)


@contextmanager
def timed(name: str) -> Iterator[None]:
    """Time what is done, well or badly, and tell whoever watches."""
    began = time.perf_counter()
    try:
        yield
    finally:
        if (tell := _tell.get()) is not None:
            tell(name, time.perf_counter() - began)
