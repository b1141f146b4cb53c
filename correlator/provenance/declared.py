"""What a repository declares about itself: the table ``[provenance]`` of ``.correlator.toml``.

    [provenance]
    bots = ["release@example.net"]            # automation
    human = ["Jane Roe <jane@example.net>"]   # writes by hand, unless a record says otherwise
    [provenance.tools]
    "acme-coder" = ["coder@example.net"]      # an agent of one's own, as author or co-author
    [provenance.trailers]
    "Written-with" = "ai"                     # the value names the tool; "none" denies
    [provenance.paths]
    "generated/**" = "automation"             # later ones win, as in CODEOWNERS

The text is as little trusted as any other of the repository's: capped, and what cannot be read is
reported while the rest holds.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from correlator.types import Author

FILE = ".correlator.toml"
LONGEST = 256 * 1024
MOST_ENTRIES = 1000
LONGEST_ENTRY = 300
_AUTHORS = {one.value: one for one in (Author.AI, Author.HUMAN, Author.AUTOMATION)}
_KNOWN = frozenset({"bots", "human", "tools", "trailers", "paths"})


@dataclass(frozen=True, slots=True)
class Declared:
    """Identities (``Name <mail>``, a mail or a name, in lower case) and what they are; trailer
    keys in lower case; path patterns in order; and what of it all could not be read."""

    bots: frozenset[str] = frozenset()
    human: frozenset[str] = frozenset()
    tools: Mapping[str, str] = field(default_factory=dict)
    trailers: Mapping[str, Author] = field(default_factory=dict)
    paths: tuple[tuple[str, Author], ...] = ()
    problems: tuple[str, ...] = ()

    def author_of(self, path: str) -> tuple[Author, str] | None:
        """What the last pattern that matches a path declares, and that pattern."""
        for pattern, author in reversed(self.paths):
            if matches(pattern, path):
                return author, pattern
        return None


def read_declared(text: str) -> Declared:
    """The table of a policy file; empty where there is none. Never fails."""
    if len(text) > LONGEST:
        return Declared(problems=(f"{len(text)} characters are more than the {LONGEST} read",))
    try:
        table = tomllib.loads(text).get("provenance", {})
    except (tomllib.TOMLDecodeError, RecursionError) as fault:
        return Declared(problems=(f"no TOML: {str(fault)[:200]}",))
    if not isinstance(table, dict):
        return Declared(problems=("[provenance] is no table",))
    problems: list[str] = [f"[provenance] has no {key[:40]!r}" for key in table.keys() - _KNOWN]
    tools = {
        who: name[:LONGEST_ENTRY]
        for name, whos in _table(table, "tools", problems)
        for who in _identities(whos, f"tools.{name[:40]}", problems)
    }
    return Declared(
        bots=_identities(table.get("bots", []), "bots", problems),
        human=_identities(table.get("human", []), "human", problems),
        tools=tools,
        trailers={key.lower(): one for key, one in _authors(table, "trailers", problems)},
        paths=tuple(_authors(table, "paths", problems)),
        problems=tuple(sorted(problems)[:20]),
    )


def matches(pattern: str, path: str) -> bool:
    """Whether a pattern matches: ``*`` within a folder, ``**`` across folders, a folder's name
    (with a final ``/`` or without) all below it; without a ``/`` in it, at any depth."""
    wanted = pattern.removeprefix("/").rstrip("/").split("/")
    if len(wanted) == 1 and not pattern.startswith("/") and not pattern.endswith("/"):
        wanted = ["**", *wanted]
    return _fits(tuple(wanted), tuple(path.split("/")))


@lru_cache(maxsize=10_000)
def _fits(wanted: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    """One row of reachable places at a time: no pattern makes it slow."""
    reached = {0}
    for one in wanted:
        if one == "**":
            reached = set(range(min(reached), len(parts) + 1)) if reached else set()
        else:
            reached = {at + 1 for at in reached if at < len(parts) and fnmatchcase(parts[at], one)}
    return bool(reached)


def _table(table: Mapping[str, Any], name: str, problems: list[str]) -> Iterator[tuple[str, Any]]:
    found = table.get(name, {})
    if not isinstance(found, dict):
        problems.append(f"provenance.{name} is no table")
        return
    if len(found) > MOST_ENTRIES:
        problems.append(f"provenance.{name} has more than {MOST_ENTRIES} entries")
    yield from list(found.items())[:MOST_ENTRIES]


def _authors(
    table: Mapping[str, Any], name: str, problems: list[str]
) -> Iterator[tuple[str, Author]]:
    for key, value in _table(table, name, problems):
        author = _AUTHORS.get(value) if isinstance(value, str) else None
        if author is None or len(key) > LONGEST_ENTRY:
            problems.append(f"provenance.{name}.{key[:40]!r} must be one of {', '.join(_AUTHORS)}")
        else:
            yield key, author


def _identities(value: object, name: str, problems: list[str]) -> frozenset[str]:
    entries = value if isinstance(value, list) else [value]
    good = [
        one.strip().lower()
        for one in entries[:MOST_ENTRIES]
        if isinstance(one, str) and 0 < len(one.strip()) <= LONGEST_ENTRY
    ]
    if len(good) != len(entries):
        problems.append(f"provenance.{name} must be a list of 'Name <mail>', mails or names")
    return frozenset(good)
