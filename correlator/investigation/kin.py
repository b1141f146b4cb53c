"""Copies of a culprit or of a fix that say nothing of it: the same patch under other words.

A cherry-pick keeps its author's time, or names the original; what was reworded, or typed in anew
from a patch, does neither. What takes something back is left out: a revert of a revert has the
patch of the first change, and is not that.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from correlator.code.contents import paths_touched, single
from correlator.code.git import Incomplete
from correlator.code.lineage import touching_since
from correlator.code.patch_ids import patch_ids
from correlator.types import Commit

# How long before an issue its culprit may have been copied, so that it is looked for.
LONGEST = timedelta(days=120)
BEFORE = timedelta(days=14)
MOST_CULPRITS = 50
MOST_PATHS = 20
MOST_COMMITS = 1000
# Of commits that touched the same files, so many are compared.
MOST_ALIKE = 200


def beside_culprits(
    path: Path, culprits: Collection[str], since: datetime, timeout: float
) -> tuple[Commit, ...]:
    """The culprits, and the commits since shortly before the oldest of them that touched their
    files: a culprit may be the copy. None where the repository lacks objects: then only what says
    so is known for a copy."""
    with suppress(Incomplete):
        return _beside(path, culprits, since, timeout)
    return ()


def _beside(
    path: Path, culprits: Collection[str], since: datetime, timeout: float
) -> tuple[Commit, ...]:
    known = single(path, list(dict.fromkeys(culprits))[:MOST_CULPRITS], timeout)
    touched = paths_touched(path, [one.sha for one in known], timeout)
    mine = [one for one in known if 0 < len(touched.get(one.sha, ())) <= MOST_PATHS]
    if not mine:
        return known
    earliest = max(min(one.committed_at for one in mine) - BEFORE, since - LONGEST)
    paths = sorted({name for one in mine for name in touched[one.sha]})
    found = touching_since(path, earliest, paths, timeout)[:MOST_COMMITS]
    return single(path, [*dict.fromkeys([*found, *(one.sha for one in known)])], timeout)


def same_patches(
    path: Path, commits: Iterable[Commit], asked: Collection[str], timeout: float
) -> list[tuple[str, str]]:
    """Pairs of those ``asked`` of, and other commits, that do exactly the same; none where the
    repository lacks objects."""
    with suppress(Incomplete):
        return _same(path, commits, asked, timeout)
    return []


def _same(
    path: Path, commits: Iterable[Commit], asked: Collection[str], timeout: float
) -> list[tuple[str, str]]:
    shas = [one.sha for one in commits if len(one.parents) == 1]
    touched = paths_touched(path, shas, timeout)
    by_paths: defaultdict[frozenset[str], list[str]] = defaultdict(list)
    for sha in shas:
        by_paths[frozenset(touched.get(sha, ()))].append(sha)
    compared = [sha for alike in by_paths.values() for sha in _compared(alike, asked)]
    by_patch: defaultdict[str, list[str]] = defaultdict(list)
    for sha, patch in patch_ids(path, compared, timeout).items():
        by_patch[patch].append(sha)
    return [(sha, alike[0]) for alike in by_patch.values() for sha in alike[1:]]


def _compared(alike: Sequence[str], asked: Collection[str]) -> Iterator[str]:
    if len(alike) > 1 and any(sha in asked for sha in alike):
        first = [sha for sha in alike if sha in asked]
        yield from [*first, *(sha for sha in alike if sha not in asked)][:MOST_ALIKE]
