"""What a process remembers of repositories: answers that can never change, in bounded memory.

A commit's patch, a file's blame behind its last change, the paths of a revision: each is named by
hashes, so no answer grows old, and the least recently asked for goes when there is no room.
"""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

MEBIBYTE = 1024 * 1024


class Remembered(Generic[Key, Value]):
    """Values by key; threads may share it."""

    def __init__(self, most: int) -> None:
        """``most``: of the weights given, in all (bytes, roughly)."""
        self._most = most
        self._held = 0
        self._kept: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Key) -> Value | None:
        """What was put, as long as there was room for it."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
            return found[0]

    def put(self, key: Key, value: Value, weight: int) -> None:
        """Keep it, instead of what was there; what is heavier than all that fits is not kept."""
        with self._lock:
            _, before = self._kept.pop(key, (None, 0))
            self._held -= before
            if weight > self._most:
                return
            self._kept[key] = (value, weight)
            self._held += weight
            while self._held > self._most:
                _, (_, lightened) = self._kept.popitem(last=False)
                self._held -= lightened

    def clear(self) -> None:
        """Forget all of it."""
        with self._lock:
            self._kept.clear()
            self._held = 0
