"""Names of functions, read off lines of code: what a line calls, and what a change opened.

By pattern, not by parser: it has to do for every language, for single lines, and for functions
whose file nobody has read. What is taken for a call and is none meets no change of that name.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from correlator.types import Hunk

BEFORE, AFTER = 20, 3
# Lines of a function that does nothing else than to call another, and of its opening.
THIN, OPENING = 14, 4
# What an earlier call gave may be what is wrong, but there are more of these.
EARLIER = 0.7
_CALL = re.compile(r"([A-Za-z_$][\w$]{1,80})\s{0,3}\(")
_OPENS = re.compile(
    r"\b(?:def|function|func|fn|fun|sub|class|interface|struct)\b[\s*]{1,4}"
    r"(?:\([^)]{0,80}\)\s{0,3})?([A-Za-z_$][\w$]{0,80})"
)
_BOUND = re.compile(r"\b(?:const|let|var)\s{1,3}([A-Za-z_$][\w$]{0,80})\s{0,3}=")
_NAME = re.compile(r"[A-Za-z_$][\w$]*")
_KEYWORD = re.compile(
    r"\b[A-Za-z_$][\w$]*\s?=(?!=)|\.[A-Za-z_$][\w$]*|\b(?:True|False|None|true|false|null|nil)\b"
)
_REMARK = re.compile(r"\s(?:#|//).*")
_COMPUTES = re.compile(r"[-+/%<>&|!?\"'{]|=>|==|\b(?:and|or|not|if|for)\b")
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
    yield from declared((*hunk.added, *hunk.removed))


def declared(lines: Iterable[str]) -> Iterator[str]:
    """Names of the functions and classes that lines open."""
    for line in lines:
        if found := _OPENS.search(line[:500]):
            yield found.group(1)


def hands_on(text: Mapping[int, str], traced: Sequence[int], size: int) -> bool:
    """Whether a function of ``size`` lines only passes its own arguments on at its traced lines.

    What stands between the parentheses of the call must be names that its first lines declare,
    ``*args`` or ``self``; nothing is computed on the way.
    """
    if size > THIN or not traced:
        return False
    first = " ".join(text[number] for number in sorted(text)[:OPENING])[:1000]
    declared = {*_NAME.findall(first.partition(")")[0]), "self", "this"}
    return all(_only_passes(_statement(text, line), declared) for line in traced)


def _only_passes(statement: str, declared: set[str]) -> bool:
    head, opening, inner = statement.strip().rpartition("(")
    inner = inner.rstrip("):;,{ ")
    if not opening or _COMPUTES.search(head) or _COMPUTES.search(inner):
        return False
    passed = _NAME.findall(_KEYWORD.sub("", inner))
    return bool(passed) and set(passed) <= declared


def _statement(text: Mapping[int, str], line: int) -> str:
    """The line, and what follows it up to where its call closes; without comments."""
    said = ""
    for number in range(line, line + 4):
        said += " " + _REMARK.sub("", text.get(number, "")[:300]).strip()
        if said.count("(") <= said.count(")"):
            break
    return said
