"""Removals of the very thing that the error misses."""

import re

from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal

_QUOTED = re.compile(r"'([^'\n]{1,80})'|\"([^\"\n]{1,80})\"|`([^`\n]{1,80})`")
_BARE = re.compile(r"\b([A-Za-z_$][\w$.]{1,80}) is not (?:defined|a function|a constructor)")
_MISSES = re.compile(
    r"KeyError|AttributeError|NameError|ImportError|ModuleNotFound|LookupError|DoesNotExist"
    r"|NoSuch|NotFound|ReferenceError|has no |not defined|is not a |not found|no such|unknown"
    r"|missing|undefined|cannot import|unexpected keyword",
    re.I,
)
_NAMES = 3


@signal("took-away")
def took_away(case: Case, candidate: Candidate) -> Finding | None:
    """It took away the name that the error says is missing."""
    if case.ranged and not candidate.in_range:
        # What was taken away before this deploy was missed before this deploy.
        return None
    for name in missing(case):
        word = re.compile(rf"(?<![\w$]){re.escape(name)}(?![\w$])")
        removed, added = _files(word, candidate, "removed"), _files(word, candidate, "added")
        if len(removed) > len(added):
            because = f"it took away {name!r}, which the error misses, from {removed[0]}"
            return Finding(1.0, because, removed[0])
    return None


def missing(case: Case) -> list[str]:
    """What the exceptions say is missing; the surfaced one's first. Of several names in one
    message the last: 'X' object has no attribute 'y'."""
    names: list[str] = []
    for raised in reversed(case.event.exceptions):
        value = raised.value[:500]
        if not _MISSES.search(f"{raised.type} {value}"):
            continue
        quoted = [next(part for part in one.groups() if part) for one in _QUOTED.finditer(value)]
        bare = [found.group(1).rpartition(".")[2] for found in _BARE.finditer(value)]
        key = [value.strip("'\"")] if raised.type.endswith("KeyError") and len(value) <= 80 else []
        about = bare or key or (quoted[:1] if "import name" in value else quoted[-1:])
        names += about
    return [name for name in dict.fromkeys(names) if len(name) > 1 and not name.isspace()][:_NAMES]


def _files(word: re.Pattern[str], candidate: Candidate, side: str) -> list[str]:
    """The file of every place where it removed, or added, the word."""
    return [
        file.path or file.old_path
        for file in candidate.code
        for hunk in file.hunks
        for line in getattr(hunk, side)
        for _ in word.findall(line)
    ]
