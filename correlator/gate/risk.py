"""What history says of the files a range touches: how often a fix or a revert had to follow.

A heuristic on commit subjects, said as such: counts with their base rate, never a probability.
Read with one git log of what was there before the range. A running Correlator adds the issues
whose culprits touched the same files, and the failure classes that these are of.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from correlator.code.contents import single
from correlator.code.touched import touched_before, touched_files
from correlator.plurals import many

LOOKED_AT = 3000
SHOWN = 5
_FIX = re.compile(r"\b(?:fix(?:e[sd]|ing)?|bug ?fix|hotfix|regression)\b", re.IGNORECASE)
_REVERT = re.compile(r"\Arevert\b", re.IGNORECASE)
# A file speaks only when it was changed this often; a share is raised at twice the usual.
LEAST_CHANGES = 5
RAISED = 2.0
REVERTED = 0.05
# One issue can happen to any file; two whose culprits touched it count like reverts.
LEAST_ISSUES = 2
MOST_ISSUES = 10
TIMEOUT = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownIssue:
    """A past issue with the change that a verdict named, ``culprit``; ``confidence``: its
    verdict's; ``classes``: failure classes that it was put into."""

    project: str
    number: int
    title: str
    url: str
    culprit: str
    confidence: float
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileRisk:
    """A touched file: changes before, fixes and reverts among them, and issues whose culprits
    touched it."""

    path: str
    changes: int
    fixes: int
    reverts: int
    issues: int = 0

    @property
    def share(self) -> float:
        """Fixes and reverts among its changes."""
        return (self.fixes + self.reverts) / self.changes if self.changes else 0.0


@dataclass(frozen=True, slots=True)
class Risk:
    """``level``: usual, raised or unknown; ``files``: those with most fixes and reverts first;
    ``usual``: share of fixes and reverts among all commits looked at; ``classes``: failure classes
    of the issues, each with how many there are."""

    level: str
    because: str
    looked_at: int
    usual: float
    files: tuple[FileRisk, ...]
    issues: tuple[KnownIssue, ...] = ()
    classes: tuple[tuple[str, int], ...] = ()


def risk_of(
    path: Path, before: str, paths: Sequence[str], known: Sequence[KnownIssue] = ()
) -> Risk:
    """The risk note for files that are about to change on top of revision ``before``.

    ``known``: past issues, of which those count whose culprits touched one of the files.
    """
    culprits = _touched_by(path, known, frozenset(paths))
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
    hit = Counter(file for files in culprits.values() for file in files)
    found = [
        FileRisk(file, changes[file], fixes[file], reverts[file], hit[file])
        for file in sorted(wanted)
    ]
    found.sort(key=lambda one: (one.issues, one.fixes + one.reverts, one.share), reverse=True)
    told = replace(_told(found, len(history), usual), issues=tuple(culprits)[:MOST_ISSUES])
    return _with_classes(told, Counter(name for one in culprits for name in one.classes))


def _touched_by(
    path: Path, known: Sequence[KnownIssue], paths: frozenset[str]
) -> dict[KnownIssue, frozenset[str]]:
    """Which of these files each issue's culprit touched, for those that touched any."""
    here = {one.sha for one in single(path, [one.culprit for one in known], TIMEOUT)}
    touched = touched_files(path, sorted(here))
    found = {
        one: paths.intersection(touched[one.culprit].paths) for one in known if one.culprit in here
    }
    return {one: files for one, files in found.items() if files}


def _with_classes(found: Risk, classes: Counter[str]) -> Risk:
    """The same mistake twice by changes to these files, whichever of them it was, raises it."""
    if not classes:
        return found
    told = ", ".join(f"{name} ({count})" for name, count in classes.most_common(SHOWN))
    again = classes.most_common(1)[0][1] >= LEAST_ISSUES
    because = f"{found.because}; failure classes that changes to these files brought: {told}"
    level = "raised" if again else found.level
    return replace(found, level=level, because=because, classes=tuple(classes.most_common()))


def _told(found: list[FileRisk], looked_at: int, usual: float) -> Risk:
    shown = tuple(one for one in found[:SHOWN] if one.fixes + one.reverts + one.issues)
    spoken = [one for one in found if one.changes >= LEAST_CHANGES]
    raised = [
        one
        for one in spoken
        if (one.issues >= LEAST_ISSUES and one.issues >= REVERTED * one.changes)
        or one.reverts >= REVERTED * one.changes
        or one.share >= max(RAISED * usual, 0.2)
    ]
    if not spoken:
        because = f"none of these files was changed {LEAST_CHANGES} times before"
        return Risk("unknown", because, looked_at, usual, shown)
    if not raised:
        because = "these files needed fixes no more often than others"
        return Risk("usual", because, looked_at, usual, shown)
    worst = raised[0]
    because = (
        f"{worst.path}: {many(worst.fixes, 'fix', 'fixes')} and {many(worst.reverts, 'revert')} in"
        f" {many(worst.changes, 'change')}; usual here: {usual:.0%} of commits"
    )
    if worst.issues:
        because += f"; changes to it were named the culprit of {many(worst.issues, 'issue')}"
    return Risk("raised", because, looked_at, usual, shown)
