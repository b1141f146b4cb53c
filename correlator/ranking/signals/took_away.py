"""Removals of the very thing that the error misses."""

import re

from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal

_QUOTED = re.compile(r"'([^'\n]{1,80})'|\"([^\"\n]{1,80})\"|`([^`\n]{1,80})`")
_BARE = re.compile(r"\b([A-Za-z_$][\w$.]{1,80}) is not (?:defined|a function|a constructor)")


@signal("took-away")
def took_away(case: Case, candidate: Candidate) -> Finding | None:
    """It took away the name that the error says is missing."""
    for name in missing(case):
        word = re.compile(rf"(?<![\w$]){re.escape(name)}(?![\w$])")
        removed, added = _count(word, candidate, "removed"), _count(word, candidate, "added")
        if removed > added:
            return Finding(1.0, f"it took away {name!r}, which the error misses")
    return None


def missing(case: Case) -> list[str]:
    """Names that the exceptions quote, or call undefined; the surfaced exception's first."""
    names: list[str] = []
    for raised in reversed(case.event.exceptions):
        value = raised.value[:500]
        names += [
            next(part for part in found.groups() if part) for found in _QUOTED.finditer(value)
        ]
        names += [found.group(1).rpartition(".")[2] for found in _BARE.finditer(value)]
        if raised.type.endswith("KeyError") and 0 < len(value) <= 80:
            names.append(value.strip("'\""))
    return [name for name in dict.fromkeys(names) if len(name) > 1 and not name.isspace()][:6]


def _count(word: re.Pattern[str], candidate: Candidate, side: str) -> int:
    lines = (line for file in candidate.code for hunk in file.hunks for line in getattr(hunk, side))
    return sum(len(word.findall(line)) for line in lines)
