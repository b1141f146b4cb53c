"""Changes that say nothing of a crash though blame names them: the same edit everywhere, or layout.

A sweep (type hints, a rename, a new formatter) touches the same tokens in dozens of files. Whoever
made it wrote half the lines of a project and caused next to none of its failures, so what stood
there before answers for the line, as with ``.git-blame-ignore-revs``.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

from correlator.ranking.words import is_prose, is_test
from correlator.types import FilePatch, Hunk

FILES = 10
# A token is common where it changed in this share of the files; a change is a sweep where this
# share of its hunks changed common tokens only.
COMMON = 0.34
MECHANICAL = 0.66
LINES = 4000
# Commits of which a process remembers what follows from their patch alone.
REMEMBERED = 1500
_TOKEN = re.compile(r"[A-Za-z_$][\w$]*|->|=>|[:?|]")
_COMMENT = re.compile(r"\s*(?:#|//|/\*|\*|--|<!--|\"\"\"|''')")
_CODE = re.compile(r"[=(){}\[\];]|->|=>|:\s*$")


def is_sweep(files: Sequence[FilePatch]) -> bool:
    """Whether a change makes the same edit in ten files or more (tests and prose left out)."""
    return len(files) >= FILES and _is_sweep(tuple(files))


@lru_cache(maxsize=REMEMBERED)
def _is_sweep(files: tuple[FilePatch, ...]) -> bool:
    code = [file for file in files if file.hunks and _is_code(file)]
    if len(code) < FILES:
        return False
    per_file = [[changed(hunk) for hunk in file.hunks] for file in code]
    count = Counter(token for hunks in per_file for token in set().union(*hunks))
    common = {token for token, n in count.items() if n >= COMMON * len(code)}
    hunks = [tokens for hunks in per_file for tokens in hunks][:LINES]
    return sum(tokens <= common for tokens in hunks) >= MECHANICAL * len(hunks)


def may_be_layout(files: Sequence[FilePatch]) -> bool:
    """Whether nothing of the changed lines tells that more than layout or comments changed: worth
    comparing the syntax trees."""
    return _may_be_layout(tuple(files))


@lru_cache(maxsize=REMEMBERED)
def _may_be_layout(files: tuple[FilePatch, ...]) -> bool:
    code = [file for file in files if _is_code(file)]
    return bool(code) and all(file.old_path and file.path and _plain(file) for file in code)


def changed(hunk: Hunk) -> frozenset[str]:
    """Tokens that a hunk has more often on one side than on the other."""
    before, after = _tokens(hunk.removed), _tokens(hunk.added)
    return frozenset([*(before - after), *(after - before)])


def _tokens(lines: Iterable[str]) -> Counter[str]:
    return Counter(token for line in lines for token in _TOKEN.findall(line))


def _plain(file: FilePatch) -> bool:
    removed = [line for hunk in file.hunks for line in hunk.removed if not _COMMENT.match(line)]
    added = [line for hunk in file.hunks for line in hunk.added if not _COMMENT.match(line)]
    if _tokens(removed) == _tokens(added):
        return True
    return not any(_CODE.search(line) for line in (*removed, *added))


def _is_code(file: FilePatch) -> bool:
    path = file.path or file.old_path
    return not is_test(path) and not is_prose(path)
