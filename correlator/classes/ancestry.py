"""What an exception descends from: Python's own tree where we know it, else what its name says."""

import builtins
import re
from functools import lru_cache

LONGEST = 200
_HUMP = re.compile(r"[A-Z]{2,30}(?=[A-Z][a-z])|[A-Z]?[a-z]{1,40}|[A-Z]{1,40}")
_PLAIN = {"Exception", "BaseException", "object", "Error", "Throwable", "RuntimeException"}
_ENDINGS = {"error", "exception", "failure", "fault", "warning"}


def short(type_: str) -> str:
    """The type without its module or namespace."""
    return re.split(r"[.\\:/]", type_[:LONGEST])[-1]


@lru_cache(maxsize=4096)
def parents_of(type_: str) -> tuple[str, ...]:
    """What it descends from, the nearest first; the roots that everything descends from left out.

    A built-in's are its classes. Of others only the name is known: ``CardTimeoutError`` is taken
    for a ``timeout error``, which is what such names promise.
    """
    known = getattr(builtins, short(type_), None)
    if isinstance(known, type) and issubclass(known, BaseException):
        return tuple(c.__name__ for c in known.__mro__[1:] if c.__name__ not in _PLAIN)
    humps = [part.lower() for part in _HUMP.findall(short(type_))]
    stem = [part for part in humps if part not in _ENDINGS]
    return (f"{stem[-1]} error",) if stem else ()
