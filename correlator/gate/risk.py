"""What history says of the files a range touches: how often a fix or a revert had to follow.

A heuristic on commit subjects, said as such: counts with their base rate, never a probability.
Read with one git log of what was there before the range.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from correlator.code.touched import touched_before

LOOKED_AT = 3000
SHOWN = 5
_FIX = re.compile(r"\b(?:fix(?:e[sd]|ing)?|bug ?fix|hotfix|regression)\b", re.IGNORECASE)
_REVERT = re.compile(r"\Arevert\b", re.IGNORECASE)
# A file speaks only when it was changed this often; a share is raised at twice the usual.
LEAST_CHANGES = 5
RAISED = 2.0
REVERTED = 0.05


@dataclass(frozen=True, slots=True)
class FileRisk:
    """A touched file: changes before, fixes and reverts among them."""

    path: str
    changes: int
    fixes: int
    reverts: int

    @property
    def share(self) -> float:
        """Fixes and reverts among its changes."""
        return (self.fixes + self.reverts) / self.changes if self.changes else 0.0


@dataclass(frozen=True, slots=True)
class Risk:
    """``level``: usual, raised or unknown; ``files``: those with most fixes and reverts first;
    ``usual``: share of fixes and reverts among all commits looked at."""

    level: str
    because: str
    looked_at: int
    usual: float
    files: tuple[FileRisk, ...]


def risk_of(path: Path, before: str, paths: Sequence[str]) -> Risk:
    """The risk note for files that are about to change on top of revision ``before``."""
    history = touched_before(path, before, LOOKED_AT)
    wanted = set(paths)
    changes, fixes, reverts = Counter[str](), Counter[str](), Counter[str]()
    mended = 0
    for _, subject, files in history:
        kind = reverts if _REVERT.search(subject) else fixes if _FIX.search(subject) else None
        mended += kind is not None
        for file in wanted.intersection(files):
            changes[file] += 1
            if kind is not None:
                kind[file] += 1
    usual = mended / len(history) if history else 0.0
    found = [FileRisk(file, changes[file], fixes[file], reverts[file]) for file in sorted(wanted)]
    found.sort(key=lambda one: (one.fixes + one.reverts, one.share), reverse=True)
    return _told(found, len(history), usual)


def _told(found: list[FileRisk], looked_at: int, usual: float) -> Risk:
    shown = tuple(one for one in found[:SHOWN] if one.fixes + one.reverts)
    spoken = [one for one in found if one.changes >= LEAST_CHANGES]
    raised = [
        one
        for one in spoken
        if one.reverts >= REVERTED * one.changes or one.share >= max(RAISED * usual, 0.2)
    ]
    if not spoken:
        because = f"none of these files was changed {LEAST_CHANGES} times before"
        return Risk("unknown", because, looked_at, usual, shown)
    if not raised:
        because = "these files needed fixes no more often than others"
        return Risk("usual", because, looked_at, usual, shown)
    worst = raised[0]
    because = (
        f"{worst.path}: {worst.fixes} fixes and {worst.reverts} reverts in {worst.changes} changes;"
        f" usual here: {usual:.0%} of commits"
    )
    return Risk("raised", because, looked_at, usual, shown)
