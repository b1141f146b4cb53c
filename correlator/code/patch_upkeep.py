"""Keeps the patches of a mirror's newest commits ready, so that no verdict waits for git's diffs.

Three thousand commits of a large project take a few seconds once, and then a fetch's few commits.
"""

from pathlib import Path

from correlator.code.git import is_full_sha, run_git
from correlator.code.logs import patch_store
from correlator.code.repo import Repo

MOST = 3000
_AT_ONCE = 500


def patches_beside(mirror: Path) -> Path:
    """Where the patches of a mirror are kept."""
    return mirror.with_name(f"{mirror.name}.patches.sqlite")


def keep_newest(mirror: Path, timeout: float, most: int = MOST) -> int:
    """Keep the patches of the newest commits of all branches; of how many that was not so yet.

    ``timeout``: seconds that one git command may take; raises TooSlow after that.
    """
    repo = Repo(mirror, timeout=timeout, patches=patches_beside(mirror))
    if repo.edge:
        return 0
    form = ("rev-list", "--branches", "--no-merges", f"-n{int(most)}")
    listed = run_git(mirror, *form, timeout=timeout).decode().split()
    missing = patch_store(patches_beside(mirror)).missing(filter(is_full_sha, listed))
    for at in range(0, len(missing), _AT_ONCE):
        repo.changes(missing[at : at + _AT_ONCE])
    return len(missing)
