"""The corridor. A step takes the world and ids, works, and returns what follows.

It never enqueues: whoever called it does that, once the step's transactions have closed. Celery
in production, ``drain`` in the CLI and in tests. Every step may run twice.
"""

from collections import deque
from collections.abc import Sequence
from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol

from correlator.registry import Registry
from correlator.types import Next
from correlator.world import World


class Step(Protocol):
    """What a step is. Without ids: whatever is due."""

    def __call__(self, world: World, ids: tuple[int, ...] = (), /) -> list[Next]:
        """Do the work; returns what follows."""


STEPS: Registry[Step] = Registry("step")
step = STEPS.named

MOST_IDS = 100


def run(world: World, todo: Next) -> list[Next]:
    """Do one step and return what follows. A step lives in the module of its name."""
    if todo.step not in STEPS and todo.step in {found.name for found in iter_modules(__path__)}:
        # Only the step that is run: digest needs no parser, the web none of all this.
        import_module(f"{__name__}.{todo.step}")
    return STEPS.get(todo.step)(world, todo.ids)


def drain(world: World, *todo: Next) -> int:
    """Do these steps and all that follows, here and now. Returns how many steps that were."""
    waiting, done = deque(todo), 0
    while waiting:
        waiting.extend(run(world, waiting.popleft()))
        done += 1
    return done


def in_hundreds(name: str, ids: list[int]) -> list[Next]:
    """A step for many ids, a hundred at a time."""
    unique = sorted(set(ids))
    return [Next(name, tuple(unique[at : at + MOST_IDS])) for at in range(0, len(unique), MOST_IDS)]


def in_few(follow: Sequence[Next]) -> list[Next]:
    """The same, with all ids of a step in as few as may be; in the order of the first of each."""
    ids: dict[str, list[int]] = {}
    bare = dict.fromkeys(one for one in follow if not one.ids)
    for one in follow:
        if one.ids:
            ids.setdefault(one.step, []).extend(one.ids)
    return [todo for name, wanted in ids.items() for todo in in_hundreds(name, wanted)] + [*bare]
