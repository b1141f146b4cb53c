"""Objects in the hands of traced frames: the code of their classes stands in no frame.

Who made a value that fails later has returned by then. A default representation
(``<shop.carts.Cart object at 0x7f...>``, ``<class 'shop.carts.Cart'>``) names the module.
"""

import re
from collections.abc import Iterable

from correlator.types import Frame

VARIABLES, LENGTH = 40, 600
_SHOWN = re.compile(
    r"<(?:class '|function |bound method )?((?:[A-Za-z_]\w{0,60}\.){1,8})([A-Za-z_]\w{0,60})"
    r"(?: object\b|'>| at 0x|: )"
)


def held(frames: Iterable[Frame]) -> dict[str, tuple[str, float]]:
    """By path without suffix (``shop/carts``): a class it has, and how near its object is to the
    crash (1 there, falling). Modules at the root of a repository say too little."""
    found: dict[str, tuple[str, float]] = {}
    for at, frame in enumerate(frames):
        near = 1.0 / (1.0 + 0.15 * at)
        for value in list(frame.variables.values())[:VARIABLES]:
            for module, name in _SHOWN.findall(str(value)[:LENGTH]):
                path = module.rstrip(".").replace(".", "/")
                if "/" in path:
                    found.setdefault(path, (name, near))
    return found


def stem(path: str) -> str:
    """A path as a module is imported: without suffix, a package by its folder."""
    return path.rpartition(".")[0].removesuffix("/__init__")
