"""One process at a time in a mirror.

The lock is the kernel's, on a file beside the mirror, and every git that we start holds it too: if
a worker dies, the lock lasts until its git is gone as well. So whoever gets it knows that lock
files inside the mirror belong to nobody, and may clear them.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from correlator.errors import Transient


class Busy(Transient):
    """Another process is fetching this mirror."""


@contextmanager
def only_one(directory: Path) -> Iterator[int]:
    """Hold the mirror's lock while the block runs: its file descriptor, to hand on. Or Busy."""
    descriptor = os.open(lock_file(directory), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as fault:
            raise Busy(
                "This repository is being fetched already; it is done in a while."
            ) from fault
        yield descriptor
    finally:
        os.close(descriptor)


def lock_file(directory: Path) -> Path:
    """The file that the lock is on: beside the mirror, which is itself renamed into place."""
    return directory.with_name(directory.name + ".lock")


def clear_locks(directory: Path) -> None:
    """Remove lock files of a git that was killed: holding our lock, nobody else can be alive."""
    for found in (*directory.glob("*.lock"), *(directory / "refs").rglob("*.lock")):
        found.unlink(missing_ok=True)
    for found in (directory / "objects" / "info").rglob("*.lock"):
        found.unlink(missing_ok=True)
