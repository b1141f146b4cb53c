"""What a text says it mends: the issues named after a verb such as ``Fixes``.

The verbs are a closed list (GitHub's and GitLab's), in any case. A name is an issue's short name
(``SHOP-12``, as here and as Sentry writes it) or its address; ``#12`` is a forge's issue, not ours.
Every pattern is bounded and nothing is repeated within a repetition: a message cannot hold us up.
"""

import re
from collections.abc import Iterator

LONGEST = 40_000
MOST_VERBS = 200
MOST_NAMES = 20
_VERB = re.compile(
    r"(?<![\w-])(?:fix(?:e[sd])?|close[sd]?|resolve[sd]?|mend(?:s|ed)?)(?![\w-])"
    r"[ \t]{0,3}:?[ \t\r\n]{1,4}(?:issues?[ \t]{1,3})?",
    re.IGNORECASE,
)
_NAME = re.compile(r"[\[(<]{0,2}(https?://[^\s<>\"'\])]{1,400}|[\w-]{3,120})[\])>]{0,2}", re.I)
_AND = re.compile(r"[ \t]{0,3}(?:,|&|and\b)[ \t\r\n]{0,3}(?:and\b[ \t]{1,3})?", re.IGNORECASE)
_COMMIT = re.compile(r"^Fixes:[ \t]{1,3}([0-9a-f]{8,64})(?![\w-])", re.MULTILINE)
_SHORT = re.compile(r"\A[\w-]{1,100}-[0-9a-z]{1,12}\Z")
_ADDRESS = re.compile(r"/issues/(\d{1,19})(?![\w])")


def mended_in(text: str, base_url: str = "") -> frozenset[str]:
    """What the text says it mends: ``shop-12`` (lower case), ``issue:ID`` for the address of an
    issue under ``base_url``, ``sentry:ID`` for the address of one elsewhere."""
    found: set[str] = set()
    for place, verb in enumerate(_VERB.finditer(text[:LONGEST])):
        if place >= MOST_VERBS:
            break
        found.update(_names(text, verb.end(), base_url))
    return frozenset(found)


def mended_commits_in(text: str) -> tuple[str, ...]:
    """The commits that it says it mends, as Linux has it: ``Fixes: 54a4f0239f2e ("title")``. Whole
    hashes or their first characters, as they are written."""
    return tuple(dict.fromkeys(_COMMIT.findall(text[:LONGEST])))[:MOST_NAMES]


def _names(text: str, at: int, base_url: str) -> Iterator[str]:
    """The names in a row from a place on: ``SHOP-1, SHOP-2 and SHOP-3``."""
    for _ in range(MOST_NAMES):
        name = _NAME.match(text, at)
        if name is None or (said := _said(name[1], base_url)) is None:
            return
        yield said
        joint = _AND.match(text, name.end())
        if joint is None:
            return
        at = joint.end()


def _said(name: str, base_url: str) -> str | None:
    if name[:4].lower() == "http" and "://" in name:
        number = _ADDRESS.search(name)
        if number is None:
            return None
        ours = bool(base_url) and name.startswith(base_url.rstrip("/") + "/issues/")
        return f"{'issue' if ours else 'sentry'}:{number[1]}"
    short = name.lower().rstrip("-_")
    return short if _SHORT.match(short) else None
