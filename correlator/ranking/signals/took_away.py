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
# A line that only used the name tells less than one that gave it.
_USE = 0.4
_GIVING = (
    r"^\s{{0,200}}[\"'`]?{0}[\"'`]?\s{{0,3}}(?::|=(?!=)|=>|,\s*$)",
    r"[\"'`]{0}[\"'`]\s{{0,3}}(?::|=>|[,)\]}}]|$)",
    r"\b(?:def|class|function|func|fn|const|let|var|type|import|export|from)\b[^=(]{{0,200}}\b{0}\b",
    r"(?:self|this|exports)\.{0}\s{{0,3}}=(?!=)",
)


@signal("took-away")
def took_away(case: Case, candidate: Candidate) -> Finding | None:
    """It took away the name that the error says is missing."""
    if not (case.ranged and candidate.in_range):
        # What was taken away before this deploy was missed before this deploy; and without a
        # range, any name was taken away from somewhere once.
        return None
    best: Finding | None = None
    for name in missing(case):
        word = re.compile(rf"(?<![\w$]){re.escape(name)}(?![\w$])")
        removed, added = _lines(word, candidate, "removed"), _lines(word, candidate, "added")
        if len(removed) <= len(added):
            continue
        gave = sorted(path for path, line in removed if _gives(name, line))
        strength = 1.0 if len(gave) > sum(_gives(name, line) for _, line in added) else _USE
        if best is None or strength > best.strength:
            path = gave[0] if strength == 1.0 else removed[0][0]
            because = f"it took away {name!r}, which the error misses, from {path}"
            best = Finding(strength, because, path)
    return best


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


def _lines(word: re.Pattern[str], candidate: Candidate, side: str) -> list[tuple[str, str]]:
    """Path and line of every place where it removed, or added, the word."""
    return [
        (file.path or file.old_path, line)
        for file in candidate.code
        for hunk in file.hunks
        for line in getattr(hunk, side)
        for _ in word.findall(line[:1000])
    ]


def _gives(name: str, line: str) -> bool:
    """Whether a line declares, imports, assigns or lists a name: as a key, a member, an export."""
    found = re.escape(name)
    return any(re.search(form.format(found), line[:1000]) for form in _GIVING)
