"""What counts as an identifier, and which paths are tests or prose."""

import re

from correlator.ranking.kinds_of_file import pins_dependencies

WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]{2,60}")
_COMMON = (
    "self cls this None True False null undefined true false return raise throw throws class def"
    " function func for while not and with import from async await yield lambda const let var new"
    " public private protected static final void int str string bool float list dict tuple set"
    " object type value name key args kwargs item items data result the that are was has have"
    " error errors exception test tests assert print else elif except finally try pass break"
    " continue global default case switch"
)
COMMON = frozenset(_COMMON.split())
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
    return _PROSE.search(path) is not None and not pins_dependencies(path)
