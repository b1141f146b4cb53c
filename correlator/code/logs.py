"""How we ask git for commits and for what they changed: the same way each time.

One way of diffing means that a commit's patch is one value, which a process can remember: of two
issues of one repository, the second asks git for little that the first has not asked for.
"""

import os
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fnmatch import fnmatch
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from correlator.code.at_once import AtOnce
from correlator.code.patch_store import PatchStore
from correlator.code.patches import PATCH_LIMIT, log_format, read_log
from correlator.code.remembered import MEBIBYTE, Remembered
from correlator.types import FilePatch, Patch

# Patches of such files say nothing about a crash, and can be very large.
_NO_PATCH = (
    "*.min.js", "*.min.css", "*.map", "*.svg", "*.po", "*.mo", "*.pot", "*.snap", "*.csv",
    "*.rst", "*.md", "*.html", "*.css", "*.ipynb", "tests/**", "test/**", "__tests__/**",
    "testdata/**", "test_*", "*_test.*", "*.test.*", "*.spec.*", "docs/**",
)  # fmt: skip
CODE = (".", *(f":(exclude,glob)**/{glob}" for glob in _NO_PATCH))
DIFF = (
    "-U0", "-w", "-M", "--no-color", "--no-ext-diff", "--no-textconv", "--src-prefix=a/",
    "--dst-prefix=b/", "--no-indent-heuristic", "--submodule=short", "--ignore-submodules",
)  # fmt: skip
# Ours, never the repository's: they only tell git what opens a function in which language.
_ATTRIBUTES = Path(__file__).with_name("languages.gitattributes")
_CONFIG = {
    "core.bigFileThreshold": "1m",
    "log.follow": "false",
    "diff.orderFile": "/dev/null",
    "core.attributesFile": str(_ATTRIBUTES),
    "diff.ecmascript.xfuncname": (
        "^[[:space:]]*((export |default |async )*(function|class)[ *].*"
        "|(export )?(const|let|var) [A-Za-z_$][A-Za-z0-9_$]* *=.*(=>|function).*"
        r"|((static|async|get|set) )*[A-Za-z_$][A-Za-z0-9_$]*\(.*\)[^;]*\{)[[:space:]]*$"
    ),
}
_PATCHES: Remembered[tuple[str, str], Patch] = Remembered(64 * MEBIBYTE)
_FILES: Remembered[tuple[str, str, str], tuple[FilePatch, ...]] = Remembered(32 * MEBIBYTE)
# So many commits are worth a second git process, where there is a second processor.
_WORTH_TWO = 24


class Run(Protocol):
    """Runs git in one repository."""

    def __call__(
        self, *arguments: str, feed: bytes | None = None, config: dict[str, str] | None = None
    ) -> bytes:
        """What git printed."""


def read(run: Run, arguments: Sequence[str], feed: bytes | None = None) -> list[Patch]:
    """The commits (and patches, if asked for) that ``git log`` prints."""
    mark = secrets.token_hex(12)
    output = run("log", log_format(mark), *arguments, feed=feed, config=_CONFIG)
    return list(read_log(output, mark))


def patch_store(file: Path) -> PatchStore:
    """Where the patches of a repository are kept, as this module asks for them."""
    return PatchStore(file, (*DIFF, *CODE, *_CONFIG.values(), _ATTRIBUTES.read_text("utf-8")))


def changes(
    run: Run,
    name: str,
    shas: Iterable[str],
    forgotten: frozenset[str],
    store: PatchStore | None,
) -> dict[str, Patch]:
    """What each of these commits changed in source files, in the order asked for.

    ``name`` tells repositories apart; ``forgotten``: commits whose patch may yet change, as those
    at a shallow clone's edge do when the clone is deepened.
    """
    wanted = list(dict.fromkeys(shas))
    found = {sha: patch for sha in wanted if (patch := _PATCHES.get((name, sha))) is not None}
    kept = store.get([sha for sha in wanted if sha not in found]) if store else {}
    made = diffed(run, [sha for sha in wanted if sha not in found and sha not in kept])
    lasting = [patch for patch in made if patch.commit.sha not in forgotten]
    if store:
        store.put(lasting)
    for patch in (*kept.values(), *lasting):
        _PATCHES.put((name, patch.commit.sha), patch, _weight(patch))
    found |= kept | {patch.commit.sha: patch for patch in made}
    return {sha: found[sha] for sha in wanted if sha in found}


def diffed(run: Run, shas: Sequence[str]) -> list[Patch]:
    """What git says that these commits changed, with two processes where they are many."""
    if not shas:
        return []

    def ask(some: Sequence[str]) -> list[Patch]:
        arguments = ["--no-walk=unsorted", "--stdin", "-p", *DIFF, "--", *CODE]
        return read(run, arguments, feed="\n".join(some).encode())

    if len(shas) < _WORTH_TWO or (os.cpu_count() or 1) < 2:
        return ask(shas)
    with AtOnce() as both:
        halves = [both.ask(ask, shas[at::2]) for at in range(2)]
        return [patch for half in halves for patch in half.result()]


def history(
    run: Run,
    name: str,
    asked: tuple[str, Sequence[str], int],
    forgotten: frozenset[str],
    store: PatchStore | None = None,
) -> list[Patch]:
    """Who changed these files, and how, newest first, children first; ``parents`` are the nearest
    ancestors that are in the answer. ``asked``: revision, paths, and how many at most.

    Without renames, so that what is said of a file does not depend on which others are asked for.
    """
    revision, paths, limit = asked
    literal = [f":(literal){path}" for path in paths]
    walk = ["--topo-order", "--parents", f"-n{limit}", revision, "--", *literal]
    steps = read(run, walk)
    wanted = [(step.commit.sha, path) for step in steps for path in paths]
    known = {
        (sha, path): files
        for sha, path in wanted
        if (files := _FILES.get((name, sha, path))) is not None
    }
    known |= _from_store(name, store, [pair for pair in wanted if pair not in known])
    missing = [
        step.commit.sha for step in steps if any((step.commit.sha, p) not in known for p in paths)
    ]
    how = ["--no-walk=unsorted", "--stdin", "-p", *DIFF, "--no-renames", "--", *literal]
    for patch in read(run, how, feed="\n".join(missing).encode()) if missing else ():
        sha = patch.commit.sha
        for path in paths:
            files = tuple(file for file in patch.files if path in (file.path, file.old_path))
            known[sha, path] = files
            if sha not in forgotten:
                _FILES.put((name, sha, path), files, _files_weight(files))
    return [
        replace(
            step, files=tuple(f for path in paths for f in known.get((step.commit.sha, path), ()))
        )
        for step in steps
    ]


def _from_store(
    name: str, store: PatchStore | None, wanted: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], tuple[FilePatch, ...]]:
    """What kept patches say of (commit, path), as far as they do."""
    shas = list(dict.fromkeys(sha for sha, _ in wanted))
    kept = {sha: patch for sha in shas if (patch := _PATCHES.get((name, sha))) is not None}
    read = store.get([sha for sha in shas if sha not in kept]) if store else {}
    for sha, patch in read.items():
        _PATCHES.put((name, sha), patch, _weight(patch))
    kept |= read
    told = {(sha, path): _told(kept[sha], path) for sha, path in wanted if sha in kept}
    return {pair: files for pair, files in told.items() if files is not None}


def _told(patch: Patch, path: str) -> tuple[FilePatch, ...] | None:
    """What a whole patch says of one file without renames; None where it cannot tell: it follows
    renames, leaves prose and tests out, and is cut where it is very long."""
    if len(patch.commit.parents) > 1:
        return ()
    named = tuple(file for file in patch.files if path in (file.path, file.old_path))
    if any(file.path and file.old_path and file.path != file.old_path for file in named):
        return None
    if named:
        return named
    cut = _files_weight(patch.files) > PATCH_LIMIT // 3
    return None if cut or _left_out(path) else ()


@lru_cache(maxsize=4096)
def _left_out(path: str) -> bool:
    """Whether whole patches leave a file out; rather once too often than once too seldom."""
    *folders, name = path.split("/")
    whole = {glob.removesuffix("/**") for glob in _NO_PATCH if glob.endswith("/**")}
    return bool(whole & set(folders)) or any(fnmatch(name, glob) for glob in _NO_PATCH)


def _weight(patch: Patch) -> int:
    """Roughly the bytes that a patch takes in memory."""
    return 1500 + len(patch.commit.message) + _files_weight(patch.files)


def _files_weight(files: Sequence[FilePatch]) -> int:
    hunks = [hunk for file in files for hunk in file.hunks]
    lines = [line for hunk in hunks for line in (*hunk.removed, *hunk.added)]
    return 300 + 400 * len(files) + 300 * len(hunks) + 60 * len(lines) + sum(map(len, lines))
