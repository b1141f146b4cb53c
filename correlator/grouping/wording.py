"""What a message says once its changing parts are marked: what the second fingerprint reads.

A line at a time and two lines at most: the first says what went wrong, the second what it went
wrong with, the rest is usually a dump. Text inside quotes is a value. No pattern can backtrack
without bound, and the input is cut first.
"""

import re

LONGEST_LINE = 300
MOST_LINES = 2

_ESCAPES = re.compile(r"\x1b\[[0-9;]{0,20}[A-Za-z]")
_QUOTED = re.compile(
    r"(?<!\w)'[^'\n]{0,200}'(?!\w)|\"[^\"\n]{0,200}\"|`[^`\n]{0,200}`|“[^”\n]{0,200}”"
    r"|=\([^()\n]{0,200}\)"
)
_REWRITES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"), "<email>"),
    (re.compile(r"\b[a-z][a-z0-9+.-]{1,15}://[^\s'\"<>]{1,400}", re.I), "<url>"),
    (re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", re.I), "<uuid>"),
    (re.compile(r"\b0x[0-9a-f]{1,32}\b", re.I), "<hex>"),
    (re.compile(r"\b(?=[a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{7,64}\b", re.I), "<hex>"),
    (
        re.compile(
            r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?"
        ),
        "<date>",
    ),
    (re.compile(r"\b\d{1,2}:\d\d(?::\d\d(?:\.\d{1,9})?)?\b"), "<time>"),
    (re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b"), "<ip>"),
    (re.compile(r"(?<![\w.])(?:[A-Za-z]:)?(?:[/\\][\w.@+-]{1,100}){2,40}"), "<path>"),
    (re.compile(r"(?<!\w)[+-]?\d[\d_]{0,40}(?:\.\d{1,40})?(?:e[+-]?\d{1,4})?", re.I), "<number>"),
)
_SPACE = re.compile(r"\s+")
_MARK = re.compile(r"<\w+>")
_WORD = re.compile(r"[^\W_][\w'-]*|<\w+>")


def lines_of(message: str) -> tuple[str, ...]:
    """The first two lines that say something, quoted values and other changing parts marked."""
    return tuple(_marked(_QUOTED.sub(_quoted, line)) for line in _first_lines(message))


def exactly(message: str) -> str:
    """The same lines with the quoted values left in."""
    return "\n".join(_marked(line) for line in _first_lines(message))


def says_nothing(lines: tuple[str, ...]) -> bool:
    """Whether only marks are left: the message was a value, as a KeyError's is."""
    return not any(_WORD.search(_MARK.sub("", line)) for line in lines)


def words_of(line: str) -> frozenset[str]:
    """The different words of a marked line, marks among them."""
    return frozenset(word.lower() for word in _WORD.findall(line))


def shared_words(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    """How far two messages agree: words in both by words in either, 0 to 1, of the line that
    agrees least (Jaccard's index)."""
    if len(one) != len(other):
        return 0.0
    return min((_jaccard(*pair) for pair in zip(one, other, strict=True)), default=1.0)


def _jaccard(one: str, other: str) -> float:
    mine, its = words_of(one), words_of(other)
    return len(mine & its) / len(mine | its) if mine | its else 1.0


def _first_lines(message: str) -> list[str]:
    text = _ESCAPES.sub("", message[: LONGEST_LINE * 10])
    lines = (line.strip()[:LONGEST_LINE] for line in text.splitlines())
    return [line for line in lines if line][:MOST_LINES]


def _quoted(found: re.Match[str]) -> str:
    return "=<s>" if found[0].startswith("=") else "<s>"


def _marked(line: str) -> str:
    for pattern, mark in _REWRITES:
        line = pattern.sub(mark, line)
    return _SPACE.sub(" ", line).strip()
