"""How a history is written down: commits as edits of the code before them, branches, tags, deploys.

A chapter is a module in ``history/`` with a function ``play(score)`` and, if something breaks in
it, a tuple ``INCIDENTS``. Chapters play in the order of their names. An edit names the text it
replaces, which must be there exactly once, so that a chapter that no longer fits fails at once
and says where.
"""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from correlator.demo.incidents import Incident
from correlator.demo.people import Help, Person
from correlator.errors import Permanent

MAIN = "main"
Edit = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A commit to be made: the whole tree after it, and where it goes.

    ``merges`` names the branch that a merge brings in. ``$sha(label)`` in message or files stands
    for the hash of an earlier change, ``$day(14)`` for the date a fortnight after the last one.
    """

    label: str
    author: Person
    message: str
    tree: Mapping[str, str]
    branch: str
    starts_at: str | None = None
    merges: str | None = None


@dataclass(frozen=True, slots=True)
class Tag:
    """An annotated tag on the change of that label."""

    name: str
    label: str
    tagger: Person


@dataclass(frozen=True, slots=True)
class Note:
    """A git note on the change of that label."""

    ref: str
    label: str
    text: str


@dataclass(slots=True)
class Line:
    """A branch while it is written: its files now, and those it started from."""

    tree: dict[str, str] = field(default_factory=dict)
    fork: dict[str, str] = field(default_factory=dict)
    head: str | None = None
    starts_at: str | None = None


class Score:
    """Collects a history. Files are text; a path maps to the whole of it."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.tags: list[Tag] = []
        self.notes: list[Note] = []
        self.releases: dict[str, str] = {}
        self._lines = {MAIN: Line()}
        self._branch = MAIN

    def commit(
        self,
        by: Person,
        subject: str,
        body: str = "",
        *,
        write: Mapping[str, str] | None = None,
        edit: Sequence[Edit] = (),
        move: Mapping[str, str] | None = None,
        delete: Sequence[str] = (),
        label: str = "",
        tool: Help | None = None,
        reviewed: Sequence[Person] = (),
        trailers: Sequence[str] = (),
        pr: int | None = None,
    ) -> None:
        """Change files: moved first, then written, edited, deleted; ``pr`` goes to the subject."""
        line = self._lines[self._branch]
        for old, new in (move or {}).items():
            line.tree[new] = line.tree.pop(old)
        for path, text in (write or {}).items():
            line.tree[path] = text.lstrip("\n")
        for path, old, new in edit:
            line.tree[path] = _edited(subject, path, line.tree.get(path, ""), (old, new))
        for path in delete:
            del line.tree[path]
        mark = tool or Help()
        author = Person(by.name + mark.suffix, by.email)
        ending = [*(f"Reviewed-by: {person}" for person in reviewed), *trailers, *mark.trailers]
        title = f"{subject} (#{pr})" if pr else subject
        parts = [title, _filled(body), mark.footer, "\n".join(ending)]
        self._add(label or subject, author, "\n\n".join(part for part in parts if part), None)

    @contextmanager
    def branch(self, name: str) -> Iterator[None]:
        """What is committed inside goes to a new branch that leaves main here."""
        main = self._lines[MAIN]
        self._lines[name] = Line(dict(main.tree), dict(main.tree), starts_at=main.head)
        self._branch = name
        yield
        self._branch = MAIN

    def merge(self, by: Person, branch: str, subject: str, body: str = "") -> None:
        """Merge a branch to main; Permanent when both sides changed a file."""
        main, other = self._lines[MAIN], self._lines[branch]
        for path in other.tree.keys() | other.fork.keys():
            theirs, base = other.tree.get(path), other.fork.get(path)
            if theirs == base:
                continue
            if main.tree.get(path) not in (base, theirs):
                raise Permanent(f"{subject}: both sides changed {path}")
            if theirs is None:
                main.tree.pop(path, None)
            else:
                main.tree[path] = theirs
        message = f"{subject}\n\n{_filled(body)}".strip()
        self._add(subject, by, message, branch)

    def tag(self, name: str, by: Person) -> None:
        """Tag what is on main now."""
        self.tags.append(Tag(name, self._head(), by))

    def note(self, ref: str, text: str) -> None:
        """Put a git note on what is on main now."""
        self.notes.append(Note(ref, self._head(), text.lstrip("\n")))

    def release(self, name: str) -> None:
        """What is on main now can be deployed under this name."""
        self.releases[name] = self._head()

    def _head(self) -> str:
        head = self._lines[MAIN].head
        if head is None:
            raise Permanent("there is no commit yet")
        return head

    def _add(self, label: str, author: Person, message: str, merges: str | None) -> None:
        if any(change.label == label for change in self.changes):
            raise Permanent(f"two changes are called {label!r}")
        line = self._lines[self._branch]
        starts_at = line.starts_at if line.head is None else None
        self.changes.append(
            Change(
                label=label,
                author=author,
                message=message + "\n",
                tree=dict(line.tree),
                branch=self._branch,
                starts_at=starts_at,
                merges=merges,
            )
        )
        line.head = label


def _edited(subject: str, path: str, text: str, swap: tuple[str, str]) -> str:
    old, new = (part.removeprefix("\n") for part in swap)
    if text.count(old) != 1:
        raise Permanent(f"{subject}: {path} holds {text.count(old)} times, not once: {old!r}")
    return text.replace(old, new)


def _filled(body: str) -> str:
    return "\n".join(line.strip() for line in body.strip().splitlines())


def read(package: str) -> tuple[Score, tuple[Incident, ...]]:
    """Play the chapters of a package in the order of their names."""
    score = Score()
    incidents: list[Incident] = []
    home = importlib.import_module(package)
    for found in sorted(pkgutil.iter_modules(home.__path__), key=lambda module: module.name):
        chapter = importlib.import_module(f"{package}.{found.name}")
        chapter.play(score)
        incidents.extend(getattr(chapter, "INCIDENTS", ()))
    return score, tuple(incidents)
