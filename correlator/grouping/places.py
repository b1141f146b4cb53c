"""Where it failed: the function that a failure is put down to, and the way there.

Neither line numbers nor paths of files take part. What a compiler or an interpreter puts between
(comprehensions, lambdas) belongs to the function around it: Python 3.12 shows no frame for some of
them. A function whose job is to raise, or that the language calls to look something up, says
nothing about what went wrong: its caller does.
"""

import re
from functools import lru_cache

from correlator.types import Frame

MOST_FRAMES = 100
LONGEST_NAME = 300
_INNER = re.compile(
    r"(?:\.?<locals>)?\.?(?:<(?:lambda|anonymous|listcomp|dictcomp|setcomp|genexpr)>|\$\d+)$"
)
_GENERATED = re.compile(r"0x[0-9a-f]+|\$\d+|(?<=_)\d{5,}", re.I)
_RAISES = re.compile(
    r"_*(?:raise|throw|fail|abort|panic|die|complain|reject|assert|error)(?:_\w*|[A-Z]\w*)?$"
)
_LOOKS_UP = frozenset(
    {"__getattr__", "__getattribute__", "__getitem__", "__missing__", "__delitem__", "__get__"}
)


def frames_that_count(frames: tuple[Frame, ...]) -> tuple[Frame, ...]:
    """The application's frames, oldest first; all that have a name when none is marked."""
    named = tuple(f for f in frames if f.function or f.module or f.filename)[-MOST_FRAMES:]
    return tuple(frame for frame in named if frame.in_app) or named


def where(frame: Frame) -> str:
    """Module (else bare file name) and function, without what was generated."""
    return f"{module_of(frame)}:{function_of(frame)}"


def module_of(frame: Frame) -> str:
    """The module; a bare lower-case file name where the platform has none."""
    return frame.module or re.split(r"[\\/]", frame.filename)[-1].lower()


def function_of(frame: Frame) -> str:
    """The function as its source names it: comprehensions and lambdas are the one around them."""
    return _source_name(frame.function or "?")


@lru_cache(maxsize=8192)
def _source_name(given: str) -> str:
    name = _GENERATED.sub("#", given[:LONGEST_NAME])
    while (outer := _INNER.sub("", name)) != name and outer:
        name = outer
    return name


def bare(name: str) -> str:
    """The last part of a function's name: older SDKs send no more than that."""
    return re.split(r"[.:#]", name)[-1]


def around(name: str) -> str:
    """What a function lies in: its module and class."""
    return name[: len(name) - len(bare(name))]


def failing(counted: tuple[Frame, ...]) -> Frame | None:
    """The innermost frame whose function is neither there to raise nor to look up."""
    for frame in reversed(counted):
        name = bare(function_of(frame))
        if name not in _LOOKS_UP and not _RAISES.match(name):
            return frame
    return counted[-1] if counted else None


def path_to(counted: tuple[Frame, ...], last: Frame) -> tuple[str, ...]:
    """The functions on the way, the failing one first, each once: so recursion has no depth."""
    upto = counted[: _index(counted, last) + 1]
    return tuple(dict.fromkeys(where(frame) for frame in reversed(upto)))


def cycle_of(counted: tuple[Frame, ...]) -> tuple[str, ...]:
    """The functions that call one another in circles, in name order.

    Where such a trace ends is chance; those that return at least half as often as the one that
    returns most often are the circle. Empty when nothing returns.
    """
    times: dict[str, int] = {}
    for frame in counted:
        name = where(frame)
        times[name] = times.get(name, 0) + 1
    most = max(times.values(), default=0)
    return tuple(sorted(name for name, n in times.items() if 2 * n >= most)) if most > 1 else ()


def _index(counted: tuple[Frame, ...], last: Frame) -> int:
    return next(at for at in range(len(counted) - 1, -1, -1) if counted[at] is last)
