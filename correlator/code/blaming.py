"""``git blame`` of many files at one revision: one process a file, a few at a time.

Each is given the short history of its file (see ``ancestry``) where that is known. A file that
turns out to have had a name that was not known is asked again with it, in the end without help.
"""

import os
import re
import tempfile
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from correlator.code.ancestry import Ancestry
from correlator.code.git import run_git

_MOST_ROUNDS = 4
_RUN = re.compile(rb"([0-9a-f]{40,64}) (\d+) (\d+) (\d+)\Z")


class Run(NamedTuple):
    """Lines in a row that one commit wrote: its path and first line there, the first line now,
    and how many. Lines count from 1."""

    sha: str
    path: str
    first: int
    now: int
    size: int


@dataclass(frozen=True, slots=True)
class Blaming:
    """What is blamed: a revision of a repository, the commits to be ignored, the history if it
    was read, and seconds that one file may take."""

    repository: Path
    revision: str
    ignored: Sequence[str]
    ancestry: Ancestry | None
    timeout: float

    def all(self, paths: Sequence[str]) -> Iterator[tuple[str, tuple[Run, ...]]]:
        """Each path with its runs, in order."""
        with (
            tempfile.TemporaryDirectory(prefix="correlator-blame-") as beside,
            ThreadPoolExecutor(os.cpu_count() or 2) as pool,
        ):
            places = (Path(beside) / str(number) for number in range(len(paths)))
            yield from zip(paths, pool.map(self._blame, paths, places), strict=True)

    def _blame(self, path: str, place: Path) -> tuple[Run, ...]:
        names = frozenset({path})
        for _ in range(_MOST_ROUNDS if self.ancestry else 0):
            found = self._with_help(path, names, place)
            met = {run.path for run in found}
            if met <= names | self._names(names):
                return found
            names |= met
        return self._ask(path)

    def _names(self, names: Collection[str]) -> frozenset[str]:
        return self.ancestry.names(names) if self.ancestry else frozenset()

    def _with_help(self, path: str, names: Collection[str], place: Path) -> tuple[Run, ...]:
        assert self.ancestry is not None
        history = self.ancestry.of(self.revision, self._names(names))
        place.write_text("\n".join([*history, ""]), "ascii")
        found = self._ask(path, "-S", str(place))
        place.unlink()
        return found

    def _ask(self, path: str, *more: str) -> tuple[Run, ...]:
        feed = "\n".join(self.ignored).encode() or None
        skip = ("--ignore-revs-file", "/dev/stdin") if self.ignored else ()
        form = ("blame", "--incremental", "-w", "-M", *skip, *more, self.revision, "--", path)
        output = run_git(self.repository, *form, feed=feed, timeout=self.timeout)
        return tuple(sorted(read_runs(output), key=lambda run: run.now))


def read_runs(output: bytes) -> Iterator[Run]:
    """The runs of ``git blame --incremental``, in the order of its search."""
    current: tuple[str, int, int, int] | None = None
    for line in output.split(b"\n"):
        if found := _RUN.match(line):
            current = (found[1].decode(), int(found[2]), int(found[3]), int(found[4]))
        elif line.startswith(b"filename ") and current is not None:
            sha, first, now, count = current
            yield Run(sha, line[9:].decode("utf-8", "surrogateescape"), first, now, count)
