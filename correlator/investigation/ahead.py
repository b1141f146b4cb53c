"""Blames ahead what the next verdict will ask for, before anybody waits for it.

The next issue of a service mostly lies in the files of its last ones, or in those that were just
changed. Once a fetch has brought changes to a file, its blame goes on from the one that is kept:
a few milliseconds a file. Lines of sweeps are looked through as a verdict looks through them.
"""

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from correlator.code.git import TooSlow
from correlator.code.repo import Repo
from correlator.investigation.harmless import sweeps
from correlator.ranking.words import is_prose, is_test

# Of a larger file only the lines of a trace are worth it, when there is one.
LARGEST = 6000
SECONDS_A_FILE = 5.0
# Commits whose files may be the next to fail, and how many of these files.
NEWEST, CHANGED = 100, 60


@dataclass(frozen=True, slots=True)
class Ahead:
    """How far it came: blames and looks through sweeps that are done, and those that took too
    long or had no time left."""

    done: int
    left: int


def blame_ahead(repo: Repo, revision: str, traced: Sequence[str], until: float) -> Ahead:
    """Know the origin of every line of some files at a revision; how far that came in time.

    ``traced``: files of earlier traces, those that matter most first; files that the newest
    commits changed come among them. ``until``: a moment of ``time.monotonic``. Files that are not
    there or are large are left out; what is known already takes next to no time.
    """
    wanted = [*traced[:CHANGED], *_changed(repo, revision), *traced[CHANGED:]]
    texts = repo.texts(revision, wanted)
    known: dict[str, range] = {}
    asked = {path: lines for path in wanted if (lines := _lines(texts.get(path, "")))}
    for path, lines in asked.items():
        with suppress(TooSlow):
            _hurried(repo, until).blame_lines(revision, path, lines)
            known[path] = lines
    # Every file has its blame before any has its sweeps: that is what a verdict waits for most.
    # Asked for once more, which is quick: the origins of all of them would take 100s of MB.
    done = len(known)
    for path, lines in known.items():
        with suppress(TooSlow):
            _look_through(_hurried(repo, until), revision, path, lines)
            done += 1
    return Ahead(done=done, left=2 * len(asked) - done)


def _hurried(repo: Repo, until: float) -> Repo:
    return repo.until(min(until, time.monotonic() + SECONDS_A_FILE))


def _changed(repo: Repo, revision: str) -> list[str]:
    """Files of code that the newest commits changed, those that changed most first."""
    count = Counter(file.path for patch in repo.recent(revision, NEWEST) for file in patch.files)
    code = [path for path, _ in count.most_common() if path and _is_code(path)]
    return code[:CHANGED]


def _is_code(path: str) -> bool:
    return not is_test(path) and not is_prose(path)


def _lines(text: str) -> range:
    """The numbers of a file's lines; none where it is not to be blamed."""
    count = text.count("\n") + (text[-1:] not in ("", "\n"))
    return range(1, count + 1 if count <= LARGEST else 1)


def _look_through(repo: Repo, revision: str, path: str, lines: Sequence[int]) -> None:
    origins = repo.blame_lines(revision, path, lines)
    wrote = repo.changes({origin.sha for origin in origins.values()})
    repo.before(revision, origins, sweeps(repo, wrote.values()))
