"""What lies between two revisions: hashes and times, of all of it or of a service's directory.

Times are the commits' own, so a rebase moves them; hashes only, so that a range of any length
costs one walk. Patches are read only to tell whether what is lacking is there under another hash.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from correlator.code.git import is_full_sha, run_git
from correlator.errors import Permanent


def between(
    path: Path, without: str, revision: str, limit: int, *, under: Sequence[str] = ()
) -> list[tuple[str, datetime]]:
    """Commits that ``revision`` has and ``without`` lacks, newest first, with their times.

    ``under``: only those that touch these directories. Both are full hashes that are here.
    """
    form = ("log", "--format=%H %ct", "--date-order", f"-n{int(limit)}")
    where = [f":(literal){one}" for one in under]
    listed = run_git(path, *form, *_range(without, revision), *where)
    lines = (line.split() for line in listed.decode().splitlines())
    return [(sha, datetime.fromtimestamp(int(at), UTC)) for sha, at in lines]


def count_between(path: Path, without: str, revision: str) -> int:
    """How many there are, whatever the limit."""
    return int(run_git(path, "rev-list", "--count", *_range(without, revision)).strip() or 0)


def count_lost(path: Path, without: str, revision: str) -> int:
    """How many of the commits that ``revision`` has and ``without`` lacks it does not have as
    another commit with the same patch either: picked, or rebased."""
    _range(without, revision)
    form = ("rev-list", "--count", "--no-merges", "--cherry-pick", "--right-only")
    return int(run_git(path, *form, f"{without}...{revision}", "--").strip() or 0)


def _range(without: str, revision: str) -> tuple[str, str, str]:
    for sha in (without, revision):
        if not is_full_sha(sha):
            raise Permanent(f"{sha[:80]!r} is not a full commit hash; resolve it first")
    return revision, f"^{without}", "--"
