"""A room's open shelf: a module registers what it offers by being imported.

Only for things whose order does not matter (signals are summed, claims compared). Nobody edits
a list: ``load_room`` imports every module of a package by name.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Registry(Generic[T]):
    """Things by name, in name order whatever order they were imported in."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._things: dict[str, T] = {}

    def add(self, name: str, thing: T) -> T:
        """Register; a second thing of that name is a programming fault."""
        if name in self._things and self._things[name] is not thing:
            raise ValueError(f"two {self._what}s are called {name!r}")
        self._things[name] = thing
        return thing

    def named(self, name: str) -> Callable[[T], T]:
        """Decorator form of ``add``."""
        return lambda thing: self.add(name, thing)

    def get(self, name: str) -> T:
        """The thing of that name; KeyError names what there is."""
        try:
            return self._things[name]
        except KeyError:
            known = ", ".join(sorted(self._things)) or "none loaded"
            raise KeyError(f"no {self._what} {name!r}; there are: {known}") from None

    def __contains__(self, name: object) -> bool:
        return name in self._things

    def items(self) -> Iterator[tuple[str, T]]:
        """Name and thing, in name order."""
        return iter(sorted(self._things.items()))


def load_room(package: str) -> None:
    """Import every module of ``package``, so that what it offers is registered."""
    room = importlib.import_module(package)
    for module in pkgutil.iter_modules(room.__path__):
        importlib.import_module(f"{package}.{module.name}")
