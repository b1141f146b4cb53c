"""CODEOWNERS: whose approval a file needs. The last line that matches wins, as on GitHub.

GitHub's rules (docs: "About code owners"): patterns of .gitignore without ``!`` and ``[a-z]``; a
line without owners takes ownership away; ``docs/*`` names files of the folder only. GitLab's
(docs: "Code Owners syntax") add sections: each is judged by itself, ``^`` makes it optional,
``[2]`` counts approvals, owners after a heading stand for lines without any.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from correlator.path_patterns import matches, read_pattern

# Where a forge looks, in its order; the first that exists is the only one read.
PLACES = (".github/CODEOWNERS", ".gitlab/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
# GitHub reads no file beyond 3 MB; lines beyond this many are not read here.
LARGEST = 3 * 1024 * 1024
MOST_LINES = 20_000
_SECTION = re.compile(r"\A(\^)?\[([^\[\]]{1,200})\](?:\[(\d{1,3})\])?[ \t]*(.*)\Z", re.DOTALL)
_OWNER = re.compile(r"\A(?:@@?[\w.\-]+(?:/[\w.\-]+)*|[^@\s]+@[^@\s]+\.[^@\s]+)\Z")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: pattern, owners in their own spelling, line number from 1, and its section."""

    pattern: str
    owners: tuple[str, ...]
    line: int
    section: str = ""
    optional: bool = False
    excludes: bool = False


@dataclass(frozen=True, slots=True)
class Codeowners:
    """The entries in order, and lines that could not be read, which a forge skips as well."""

    entries: tuple[Entry, ...] = ()
    skipped: tuple[str, ...] = ()

    def owning(self, path: str) -> tuple[Entry, ...]:
        """The entry that decides in each section; entries without owners decide for nobody."""
        last: dict[str, Entry | None] = {}
        for entry in self.entries:
            if matches(entry.pattern, path):
                key = entry.section.casefold()
                if entry.excludes:
                    last[key] = None
                elif key not in last or last[key] is not None:
                    last[key] = entry
        return tuple(entry for entry in last.values() if entry is not None and entry.owners)

    def required(self, paths: Iterable[str]) -> dict[Entry, tuple[str, ...]]:
        """The paths that each deciding entry owns."""
        found: dict[Entry, list[str]] = {}
        for path in paths:
            for entry in self.owning(path):
                found.setdefault(entry, []).append(path)
        return {entry: tuple(owned) for entry, owned in found.items()}


def read_codeowners(text: str) -> Codeowners:
    """Read a file; a line that is not understood is skipped, as a forge does, and named."""
    entries: list[Entry] = []
    skipped: list[str] = []
    section, optional, default = "", False, ()  # type: tuple[str, bool, tuple[str, ...]]
    for number, line in enumerate(text[:LARGEST].splitlines()[:MOST_LINES], 1):
        words = _words(line)
        if not words:
            continue
        heading = _SECTION.match(line.strip())
        if heading and not line.strip().startswith("[!"):
            section, optional = heading[2].strip(), bool(heading[1])
            default = _owners(_words(heading[4]))
            continue
        entry = _entry(words, number, (section, optional, default))
        if isinstance(entry, str):
            skipped.append(f"line {number}: {entry}")
        else:
            entries.append(entry)
    return Codeowners(tuple(entries), tuple(skipped[:20]))


def _entry(
    words: Sequence[str], number: int, under: tuple[str, bool, tuple[str, ...]]
) -> Entry | str:
    section, optional, default = under
    pattern, given = words[0], words[1:]
    excludes = pattern.startswith("!")
    if excludes and not section:
        return "'!' is not known here"
    pattern = pattern[1:] if excludes else pattern
    if "[" in pattern or "]" in pattern:
        return "a pattern with [ ] is not known"
    if read_pattern(pattern) is None:
        return "no pattern"
    owners = _owners(given)
    if len(owners) != len(given):
        return "an owner is neither @login, @org/team nor a mail address"
    return Entry(pattern, owners or default, number, section, optional, excludes)


def _owners(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(word for word in words if len(word) <= 300 and _OWNER.match(word))


def _words(line: str) -> list[str]:
    """Words of a line up to ``#``; a backslash keeps the space after it in the word."""
    words: list[str] = []
    word = ""
    at = 0
    while at < len(line):
        one = line[at]
        if one == "\\" and at + 1 < len(line):
            # Spaces and # lose their backslash here; the pattern's own reader knows the others.
            word += line[at + 1] if line[at + 1] in " \t#" else line[at : at + 2]
            at += 2
            continue
        if one == "#" and not word:
            break
        if one in " \t\r":
            words += [word] if word else []
            word = ""
        else:
            word += one
        at += 1
    return [*words, word] if word else words
