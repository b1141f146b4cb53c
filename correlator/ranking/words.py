"""Identifiers: what the trace speaks of, and what a change speaks of.

A name counts the more the fewer candidates speak of it: ``self`` says nothing, ``group_by_refs``
nearly everything.
"""

import re
from collections.abc import Iterable

from correlator.types import FilePatch, Frame

WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]{2,60}")
TEXT_LIMIT = 4000
PATCH_LINES = 4000
_COMMON = (
    "self cls this None True False null undefined true false return raise throw throws class def"
    " function func for while not and with import from async await yield lambda const let var new"
    " public private protected static final void int str string bool float list dict tuple set"
    " object type value name key args kwargs item items data result the that are was has have"
    " error errors exception test tests assert print else elif except finally try pass break"
    " continue global default case switch"
)
COMMON = frozenset(_COMMON.split())


def words(text: str) -> set[str]:
    """Identifiers of a text that could name something in code."""
    return {word for word in WORD.findall(text[:TEXT_LIMIT]) if word not in COMMON}


def frame_words(frame: Frame) -> set[str]:
    """Names of a frame: its code line, its locals and what they are instances of."""
    found = words(frame.context_line or "") | words(frame.function)
    for name, value in list(frame.variables.items())[:40]:
        found |= words(name) | words(str(value)[:300])
    return found


def patch_words(files: Iterable[FilePatch]) -> set[str]:
    """Identifiers on the lines that a change added or removed, tests left out."""
    found: set[str] = set()
    left = PATCH_LINES
    for file in files:
        if is_test(file.path or file.old_path):
            continue
        for hunk in file.hunks:
            for line in (*hunk.added, *hunk.removed):
                found.update(WORD.findall(line))
                left -= 1
            if left < 0:
                return found - COMMON
    return found - COMMON


_TEST = re.compile(
    r"(?:^|/)(?:tests?|testing|__tests__|spec|specs|testdata|fixtures)/"
    r"|(?:^|/)test_[^/]*$|_test\.\w+$|\.(?:test|spec)\.\w+$|(?:^|/)[A-Z]\w*Tests?\.\w+$"
)
_PROSE = re.compile(r"(?:^|/)docs?/|\.(?:md|rst|txt|adoc)$|(?:^|/)(?:AUTHORS|CHANGELOG|LICENSE)\b")


def is_test(path: str) -> bool:
    """Whether a path is a test's, by the customs of many languages."""
    return _TEST.search(path) is not None


def is_prose(path: str) -> bool:
    """Whether a path is documentation."""
    return _PROSE.search(path) is not None
