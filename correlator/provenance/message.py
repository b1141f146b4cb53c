"""A commit message taken apart: its final trailer block as git sees it, and what else says so.

git's own rule (trailer.c) decides the final block; lines at column 0 elsewhere are kept apart,
because another tool may have appended a paragraph. What is quoted is nobody's claim: fences,
``>``, indentation, bullets, and whatever a revert repeats. Every pass is linear in the message.
"""

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache

LONGEST_MESSAGE = 256 * 1024
LONGEST_LINE = 2000
_KEY = re.compile(r"\A([A-Za-z0-9-]{1,100})[ \t]*:")
_GENERATED = ("Signed-off-by: ", "(cherry picked from commit ")
_UNSEEN = frozenset({"Cf", "Cc"})
_QUOTED = (">", " ", "\t", "* ", "- ", "+ ", "|")
_FENCE = re.compile(r"\A {0,3}(```|~~~)")
# git and GitHub quote the subject they take back; other tools only name what they undo.
_REVERT = re.compile(r"\A(?:revert|reapply)\b", re.IGNORECASE)
_QUOTES = re.compile(r"\A(?:revert|reapply)(?:\([^)]{1,60}\))?:? ?[\"'“]", re.IGNORECASE)
_UNDOES = re.compile(
    r"\A(?:this (?:reverts|reapplies|backs out|undoes) (?:commits?|changes?|[0-9a-f]{7})\b"
    r"|backed out (?:commits?|changesets?)\b"
    r"|reverts (?:[\w.-]{1,100}/[\w.-]{1,100})?#\d)",
    re.IGNORECASE,
)
_ORIGINAL = re.compile(r"\Aoriginal (?:commit|change|message|pr)\b", re.IGNORECASE)

_ENCLOSING = (
    ("<!--", "-->"),
    ("<details", "</details>"),
    ("<blockquote", "</blockquote>"),
    ("<pre", "</pre>"),
)


@dataclass(frozen=True, slots=True)
class Trailer:
    """One ``key: value`` line. ``key`` is lower case; ``final``: git's own final block holds it."""

    key: str
    value: str
    final: bool
    label: str

    @property
    def said(self) -> str:
        """The line as it was written, shortened, in quotes."""
        return f"'{self.label}: {self.value[:200]}'"


@dataclass(frozen=True, slots=True)
class Message:
    """A parsed message. ``trailers``: final block first. ``lines``: unquoted lines of the rest,
    normalised, without the subject. ``cut``: characters that were too many to be read."""

    subject: str
    trailers: tuple[Trailer, ...]
    lines: tuple[str, ...]
    is_revert: bool
    is_cherry_pick: bool
    cut: int


@lru_cache(maxsize=16)
def parse(message: str) -> Message:
    """Take a message apart. Never fails; what is beyond 256 KiB in its middle is not read."""
    text, cut = _capped(message.replace("\r\n", "\n").replace("\r", "\n"))
    lines = text.split("\n")
    start = final_block(lines)
    subject = normalise(lines[0]) if lines else ""
    is_revert = _takes_back(subject, lines)
    body = _unquoted(lines, 1, start)
    if is_revert:
        body = _last_paragraph(lines, 1, start) if start == len(lines) else []
    final = () if is_revert and _repeats_original(lines[:start]) else _unfold(lines[start:])
    return Message(
        subject=subject,
        trailers=(*final, *_found(body)),
        lines=tuple(normalise(line) for line in body),
        is_revert=is_revert,
        is_cherry_pick=any(line.startswith("(cherry picked from commit ") for line in lines),
        cut=cut,
    )


def _takes_back(subject: str, lines: list[str]) -> bool:
    """Whether the message may repeat another's: a commit that only calls itself a revert, in words
    of its own, speaks for itself, and a squash may hold a revert among other things."""
    first = next((line for line in lines[1:] if line.strip()), "")
    if _UNDOES.match(first):
        return True
    if not _REVERT.match(subject):
        return False
    said = any(_UNDOES.match(line) or _ORIGINAL.match(line) for line in lines[1:])
    return said or _QUOTES.match(subject) is not None


def normalise(text: str) -> str:
    """NFKC without zero-width, bidi and control characters, so that look-alikes compare equal."""
    text = text[:LONGEST_LINE].replace("\t", " ")
    if text.isascii() and text.isprintable():
        return text.rstrip()
    folded = unicodedata.normalize("NFKC", text)
    return "".join(one for one in folded if unicodedata.category(one) not in _UNSEEN).rstrip()


def final_block(lines: list[str]) -> int:
    """Index of the first line of the final trailer block as git finds it; len(lines) if none.

    The rule of git's trailer.c: the last paragraph, never the first; all lines are trailers, or
    at least a quarter are and one was written by git itself.
    """
    title = next((at for at, line in enumerate(lines) if not line.strip()), len(lines))
    trailers = others = continued = 0
    generated = seen = False
    for at in range(len(lines) - 1, title - 1, -1):
        line = lines[at]
        if line.startswith("#"):
            others, continued = others + continued, 0
        elif not line.strip():
            if not seen:
                continue
            others += continued
            whole = trailers > 0 and others == 0
            return at + 1 if whole or (generated and trailers * 3 >= others) else len(lines)
        elif line.startswith(_GENERATED):
            seen = generated = True
            trailers, continued = trailers + 1, 0
        elif _KEY.match(line):
            seen = True
            trailers, continued = trailers + 1, 0
        elif line[0].isspace():
            seen = True
            continued += 1
        else:
            seen = True
            others, continued = others + continued + 1, 0
    return len(lines)


def _capped(text: str) -> tuple[str, int]:
    if len(text) <= LONGEST_MESSAGE:
        return text, 0
    half = LONGEST_MESSAGE // 2
    return text[:half] + "\n\n" + text[-half:], len(text) - 2 * half


def _unfold(lines: list[str]) -> tuple[Trailer, ...]:
    found: list[Trailer] = []
    continues = False
    for line in lines:
        if line[:1].isspace():
            if continues:
                joined = f"{found[-1].value} {normalise(line).strip()}".strip()
                found[-1] = replace(found[-1], value=joined[:LONGEST_LINE])
            continue
        trailer = _trailer(normalise(line), final=True)
        continues = trailer is not None
        if trailer:
            found.append(trailer)
    return tuple(found)


def _found(lines: list[str]) -> tuple[Trailer, ...]:
    found = (_trailer(normalise(line), final=False) for line in lines)
    return tuple(trailer for trailer in found if trailer)


def _trailer(line: str, *, final: bool) -> Trailer | None:
    key = _KEY.match(line)
    return Trailer(key[1].lower(), line[key.end() :].strip(), final, key[1]) if key else None


def _unquoted(lines: list[str], start: int, end: int) -> list[str]:
    """Lines outside fences, comments and folded text that do not begin as a quotation, a bullet
    or an indentation."""
    fenced = _fenced(lines, start, end) | _enclosed(lines, start, end)
    kept: list[str] = []
    before = ""
    for at in range(start, end):
        line = lines[at]
        # "Like this:" introduces an example, whatever the example looks like.
        example = before.endswith(":") and _KEY.match(line) is not None
        if at not in fenced and not example and not line.startswith(_QUOTED):
            kept.append(line)
        before = line.rstrip() or before
    return kept


def _fenced(lines: list[str], start: int, end: int) -> set[int]:
    """Lines of code; a fence that nobody closed ends with its paragraph."""
    fences = [at for at in range(start, end) if _FENCE.match(lines[at])]
    fenced: set[int] = set()
    for opening, closing in zip(fences[::2], fences[1::2], strict=False):
        fenced.update(range(opening, closing + 1))
    if len(fences) % 2:
        last = fences[-1]
        blank = next((at for at in range(last, end) if not lines[at].strip()), end)
        fenced.update(range(last, blank))
    return fenced


def _enclosed(lines: list[str], start: int, end: int) -> set[int]:
    """Lines of HTML comments, and of what a page would fold away or show as a quotation."""
    enclosed: set[int] = set()
    for opening, closing in _ENCLOSING:
        since: int | None = None
        for at in range(start, end):
            line = lines[at].lower()
            if since is None and opening in line:
                since = at
            if since is not None and closing in line:
                enclosed.update(range(since, at + 1))
                since = None
    return enclosed


def _last_paragraph(lines: list[str], start: int, end: int) -> list[str]:
    while end > start and not lines[end - 1].strip():
        end -= 1
    first = end
    while first > start and lines[first - 1].strip():
        first -= 1
    return _unquoted(lines, first, end)


def _repeats_original(lines: list[str]) -> bool:
    """Whether a revert goes on with the reverted message, unquoted, to its end."""
    for at, line in enumerate(lines):
        if _ORIGINAL.match(line):
            after = next((one for one in lines[at + 1 :] if one.strip()), "")
            return not after.startswith((">", " ", "\t"))
    return False
