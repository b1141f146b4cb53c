"""Keeps the patches of a mirror's commits ready, so that no verdict waits for git's diffs.

A thousand commits of a large project take a second, once; the newest are kept with the fetch that
brings them, the others bit by bit when nobody waits.
"""

import time
from pathlib import Path

from correlator.code.git import is_full_sha, run_git
from correlator.code.logs import patch_store
from correlator.code.repo import Repo

# Kept with a fetch, and in all: less than a file of patches holds, so that nothing is made in vain.
MOST, MOST_IN_ALL = 3000, 50_000
_AT_ONCE = 500


def patches_beside(mirror: Path) -> Path:
    """Where the patches of a mirror are kept."""
    whole = mirror.absolute()  # "." has no name to put anything beside
    return whole.with_name(f"{whole.name}.patches.sqlite")


def keep_newest(mirror: Path, timeout: float, most: int = MOST) -> int:
    """Keep the patches of the newest commits of all branches; of how many that was not so yet.

    ``timeout``: seconds that one git command may take; raises TooSlow after that.
    """
    repo, missing = _missing(mirror, timeout, most)
    for at in range(0, len(missing), _AT_ONCE):
        repo.changes(missing[at : at + _AT_ONCE])
    return len(missing)


def keep_older(mirror: Path, timeout: float, until: float) -> bool:
    """Keep those of older commits, too, up to a moment of ``time.monotonic``; whether all are."""
    repo, missing = _missing(mirror, timeout, MOST_IN_ALL)
    for at in range(0, len(missing), _AT_ONCE):
        if time.monotonic() > until:
            return False
        repo.changes(missing[at : at + _AT_ONCE])
    return True


def _missing(mirror: Path, timeout: float, most: int) -> tuple[Repo, list[str]]:
    repo = Repo(mirror, timeout=timeout, patches=patches_beside(mirror))
    if repo.edge:
        return repo, []
    form = ("rev-list", "--branches", "--no-merges", f"-n{int(most)}")
    listed = run_git(mirror, *form, timeout=timeout).decode().split()
    return repo, patch_store(patches_beside(mirror)).missing(filter(is_full_sha, listed))
