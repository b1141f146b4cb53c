"""Names of functions, read off lines of code: what a line calls, and what a change opened.

By pattern, not by parser: it has to do for every language, for single lines, and for functions
whose file nobody has read. What is taken for a call and is none meets no change of that name.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from correlator.types import Hunk

BEFORE, AFTER = 20, 3
# What an earlier call gave may be what is wrong, but there are more of these.
EARLIER = 0.7
_CALL = re.compile(r"([A-Za-z_$][\w$]{1,80})\s{0,3}\(")
_OPENS = re.compile(
    r"\b(?:def|function|func|fn|fun|sub|class|interface|struct)\b[\s*]{1,4}"
    r"(?:\([^)]{0,80}\)\s{0,3})?([A-Za-z_$][\w$]{0,80})"
)
_BOUND = re.compile(r"\b(?:const|let|var)\s{1,3}([A-Za-z_$][\w$]{0,80})\s{0,3}=")
_WORDS = frozenset(
    (
        *("if", "for", "while", "switch", "catch", "return", "and", "or", "not", "in", "is"),
        *("elif", "def", "function", "func", "class", "super", "print", "len", "str", "int"),
        *("list", "dict", "set", "isinstance", "getattr", "range", "new", "assert", "raise"),
        *("throw", "with", "self"),
    )
)


def called(text: Mapping[int, str], traced: Sequence[int]) -> Iterator[tuple[str, float]]:
    """Names called on the traced lines (share 1) and on lines shortly before them (less).

    ``text``: the function's lines by number; ``traced``: the numbers of its traced lines.
    """
    for at in traced:
        for number in range(at - BEFORE, at + AFTER + 1):
            share = 1.0 if at <= number else EARLIER
            for found in _CALL.finditer(text.get(number, "")[:500]):
                if found.group(1) not in _WORDS:
                    yield found.group(1), share


def opened(hunk: Hunk) -> Iterator[str]:
    """Names of the functions and classes that a hunk lies in, or whose first line it changes."""
    around = hunk.within
    if found := _OPENS.search(around) or _BOUND.search(around) or _CALL.search(around):
        yield found.group(1)
    for line in (*hunk.added, *hunk.removed):
        if found := _OPENS.search(line[:500]):
            yield found.group(1)
