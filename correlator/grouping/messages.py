"""Messages with their changing parts replaced by a mark, so that two of a kind read the same.

The order of the rewrites matters (an address before the number inside it), hence a tuple written
out. Input is cut first, and no pattern can backtrack without bound.
"""

import re

LONGEST = 500

_REWRITES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"), "<email>"),
    (re.compile(r"\b[a-z][a-z0-9+.-]{1,15}://[^\s'\"<>]{1,400}", re.I), "<url>"),
    (
        re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.I),
        "<uuid>",
    ),
    (re.compile(r"\b0x[0-9a-f]{1,32}\b", re.I), "<hex>"),
    (re.compile(r"\b(?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{7,64}\b", re.I), "<hex>"),
    (
        re.compile(
            r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?"
        ),
        "<date>",
    ),
    (re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b"), "<ip>"),
    (re.compile(r"(?<![\w.])(?:/[\w.@+-]{1,100}){2,40}"), "<path>"),
    (re.compile(r"(?<![\w])[+-]?\d[\d_]{0,40}(?:\.\d{1,40})?(?:e[+-]?\d{1,4})?", re.I), "<number>"),
)
_SPACE = re.compile(r"\s+")


def template(message: str) -> str:
    """The message with mail addresses, URLs, ids, dates, paths and numbers marked.

    Only the first two lines that are not empty count, as the rest is usually a dump.
    """
    lines = [line.strip() for line in message[: LONGEST * 4].splitlines() if line.strip()]
    text = " ".join(lines[:2])[:LONGEST]
    for pattern, mark in _REWRITES:
        text = pattern.sub(mark, text)
    return _SPACE.sub(" ", text).strip()
