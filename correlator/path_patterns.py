"""Path patterns as ``.gitignore`` writes them, for CODEOWNERS and policies.

Matched by hand and not by a regular expression: patterns come from repositories, and no pattern
may take long. A match costs at most the product of the two lengths.
"""

from dataclasses import dataclass
from functools import lru_cache

LONGEST = 500


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern taken apart. ``shallow``: its last segment is ``*``, which on GitHub names the
    files of a folder but not what lies deeper; ``folder``: it ends in ``/``."""

    segments: tuple[str, ...]
    folder: bool
    shallow: bool


@lru_cache(maxsize=4096)
def read_pattern(text: str) -> Pattern | None:
    """A pattern; None for an empty or overlong one. Without an inner or leading ``/`` it may
    stand at any depth."""
    if not text or len(text) > LONGEST or not text.strip("/"):
        return Pattern(("**",), False, False) if text == "/" else None
    bare = text.strip("/")
    anchored = text.startswith("/") or "/" in bare
    segments: list[str] = [] if anchored else ["**"]
    for segment in bare.split("/"):
        if segment and not (segment == "**" and segments and segments[-1] == "**"):
            segments.append(segment)
    shallow = anchored and segments[-1] == "*" and len(segments) > 1 and not text.endswith("/")
    return Pattern(tuple(segments), text.endswith("/"), shallow)


def matches(text: str, path: str) -> bool:
    """Whether the pattern names this file, or a folder that it lies in."""
    pattern = read_pattern(text)
    return pattern is not None and _matches(pattern, tuple(path.split("/")))


def _matches(pattern: Pattern, parts: tuple[str, ...]) -> bool:
    """Dynamic programming over segments: ``ends`` holds how many parts may have been used."""
    ends = {0}
    for at, segment in enumerate(pattern.segments):
        if segment == "**":
            last = at == len(pattern.segments) - 1
            # A last "**" names what is inside a folder, not the folder itself.
            start = min(ends, default=len(parts)) + (1 if last and at else 0)
            ends = set(range(start, len(parts) + 1))
        else:
            ends = {used + 1 for used in ends if used < len(parts) and glob(segment, parts[used])}
        if not ends:
            return False
    whole = len(parts)
    if pattern.shallow:
        return whole in ends
    if pattern.folder:
        return any(used < whole for used in ends)
    return True


def glob(pattern: str, text: str) -> bool:
    """One segment: ``*`` any run, ``?`` one character, a backslash takes what follows literally.
    Greedy with one step back, so never worse than the product of the lengths."""
    tokens = _tokens(pattern)
    at = here = 0
    star = -1
    resume = 0
    while here < len(text):
        if at < len(tokens) and tokens[at] == "*":
            star, resume = at, here
            at += 1
        elif at < len(tokens) and (tokens[at] == "?" or tokens[at] == f"\\{text[here]}"):
            at += 1
            here += 1
        elif star >= 0:
            resume += 1
            at, here = star + 1, resume
        else:
            return False
    return set(tokens[at:]) <= {"*"}


@lru_cache(maxsize=4096)
def _tokens(pattern: str) -> tuple[str, ...]:
    r"""``*`` and ``?`` as they are, any other character with a backslash before it."""
    tokens: list[str] = []
    at = 0
    while at < len(pattern):
        one = pattern[at]
        if one == "\\" and at + 1 < len(pattern):
            at += 1
            tokens.append(f"\\{pattern[at]}")
        elif one in "*?":
            if one == "?" or not tokens or tokens[-1] != "*":
                tokens.append(one)
        else:
            tokens.append(f"\\{one}")
        at += 1
    return tuple(tokens)
