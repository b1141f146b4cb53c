"""Several questions to git at a time: git runs beside us, so two processors halve the waiting.

Whoever watches git's time (``watching``) is told of all of it, whichever thread asked.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

Given = ParamSpec("Given")
Answer = TypeVar("Answer")

# A machine with two processors has no use for more, and other workers want theirs.
WIDTH = 2


class AtOnce:
    """A ``with`` block in which what is asked runs beside the caller, ``WIDTH`` at a time."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(WIDTH)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown(cancel_futures=fault is not None)

    def ask(
        self,
        question: Callable[Given, Answer],
        *given: Given.args,
        **named: Given.kwargs,
    ) -> Future[Answer]:
        """Begin asking; ``result()`` of what is returned waits for the answer."""
        context = copy_context()
        return self._pool.submit(lambda: context.run(question, *given, **named))
