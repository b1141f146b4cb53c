"""Blames the files that traces go through before anybody waits for it.

The next issue of a service mostly lies in the files of its last ones. Once a fetch has brought
changes to them, their blame goes on from the one that is kept: a few milliseconds a file.
"""

import time
from collections.abc import Iterable

from correlator.code.git import TooSlow
from correlator.code.repo import Repo

# Of a larger file only the lines of a trace are worth it, when there is one.
LARGEST = 6000
SECONDS_A_FILE = 5.0


def blame_ahead(repo: Repo, revision: str, paths: Iterable[str], until: float) -> int:
    """Know the origin of every line of these files at a revision; of how many that was so in time.

    ``until``: a moment of ``time.monotonic``. Files that are not there, are large or take long are
    left out.
    """
    done = 0
    wanted = list(paths)
    texts = repo.texts(revision, wanted)
    for path in wanted:
        if (now := time.monotonic()) > until:
            break
        if not (lines := _lines(texts.get(path, ""))):
            continue
        try:
            repo.until(min(until, now + SECONDS_A_FILE)).blame_lines(revision, path, lines)
        except TooSlow:
            continue
        done += 1
    return done


def _lines(text: str) -> range:
    """The numbers of a file's lines; none where it is not to be blamed."""
    count = text.count("\n") + (text[-1:] not in ("", "\n"))
    return range(1, count + 1 if count <= LARGEST else 1)
