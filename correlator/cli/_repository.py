"""A repository that a command is given: of our own mirrors, what is kept beside them is used."""

from pathlib import Path

from correlator.code.blame_store import blames_beside
from correlator.code.patch_upkeep import patches_beside
from correlator.code.repo import Repo


def repository(path: Path) -> Repo:
    """Answers are read from, and added to, what lies beside a mirror; beside anybody else's
    repository nothing is written."""
    patches = patches_beside(path)
    if not patches.exists():
        return Repo(path)
    return Repo(path, patches=patches, blames=blames_beside(path))
