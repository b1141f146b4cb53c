"""What commits do, whatever they are built on: git's own name of a patch."""

from collections.abc import Sequence
from pathlib import Path

from correlator.code.git import run_git

_PLAIN = ("--no-color", "--no-ext-diff", "--no-textconv", "--no-renames")


def patch_ids(path: Path, shas: Sequence[str], timeout: float) -> dict[str, str]:
    """By full hash the name of its patch, as ``git patch-id --stable`` tells it; those of merges
    and of commits that change nothing are left out."""
    if not shas:
        return {}
    feed = "".join(f"{sha}\n" for sha in shas).encode()
    form = ("log", "-p", *_PLAIN, "--format=commit %H", "--no-walk=unsorted", "--stdin")
    patches = run_git(path, *form, feed=feed, timeout=timeout)
    named = run_git(path, "patch-id", "--stable", feed=patches, timeout=timeout)
    pairs = (line.split(" ") for line in named.decode().splitlines())
    return {sha: name for name, sha in pairs}
