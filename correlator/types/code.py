"""Commits, files, lines: what git knows."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from correlator.types.events import Frame


class ResolvedBy(StrEnum):
    """How a release was resolved to a revision."""

    MARKER = "marker"
    SHA_IN_NAME = "sha-in-name"
    TAG = "tag"
    GIVEN = "given"


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit that a release stands for, how we know, and in words for the reader."""

    sha: str
    how: ResolvedBy
    because: str


@dataclass(frozen=True, slots=True)
class Identity:
    """A name and a mail address as git records them: declared, not proven."""

    name: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One commit. Times are aware, in UTC; ``message`` is the whole message."""

    sha: str
    parents: tuple[str, ...]
    author: Identity
    committer: Identity
    authored_at: datetime
    committed_at: datetime
    message: str

    @property
    def subject(self) -> str:
        """First line of the message."""
        return self.message.partition("\n")[0].strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A frame found in the repository. ``depth`` 0 is the crash, larger is further away.

    ``chain`` counts exceptions back from the one that surfaced (0); ``how`` names the path rule;
    ``bundle``: the position (path:line:column) in a built file that a source map led here from.
    """

    depth: int
    chain: int
    path: str
    line: int | None
    frame: Frame
    how: str
    bundle: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a line came from: the commit, and path and line number in that commit."""

    sha: str
    path: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeLine:
    """A line of the deployed source with its origin (None where blame could not say)."""

    number: int
    text: str
    origin: Origin | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """Source around a located frame, at the deployed revision, for the blame gutter.

    ``bundle``: where a source map led here from, else empty.
    """

    path: str
    line: int
    depth: int
    chain: int
    function: str
    lines: tuple[CodeLine, ...]
    bundle: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A function or class in a file, first to last line, both inclusive, from 1.

    ``name`` is qualified by what encloses it (``Outer.method``); ``kind``: function or class.
    """

    path: str
    name: str
    kind: str
    first: int
    last: int

    @property
    def short(self) -> str:
        """The name without what encloses it."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Hunk:
    """One place that a change touched, without context lines; line numbers as in a diff.

    ``within``: the line that opens the function or class around it, as git tells it; or empty.
    """

    old_start: int
    old_count: int
    new_start: int
    new_count: int
    removed: tuple[str, ...]
    added: tuple[str, ...]
    within: str = ""


@dataclass(frozen=True, slots=True)
class FilePatch:
    """What a commit did to one file. ``old_path`` differs from ``path`` after a rename; an empty
    one means that the file was made, an empty ``path`` that it was deleted."""

    path: str
    old_path: str
    hunks: tuple[Hunk, ...]


@dataclass(frozen=True, slots=True)
class Touched:
    """A file that a commit touched: path and blob before and after, empty where there was none."""

    path: str
    old_path: str
    old_blob: str
    new_blob: str


@dataclass(frozen=True, slots=True)
class Patch:
    """A commit with what it changed against its (first) parent, as far as it was asked for."""

    commit: Commit
    files: tuple[FilePatch, ...]
