"""Place, Touch, Candidate: where a trace goes through, which changes may be to blame, and where
these met. Values only; what follows from them together is the Case's to say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from correlator.ranking.calls import hands_on, opened
from correlator.ranking.similarity import counts
from correlator.ranking.words import is_prose, is_test
from correlator.types import Commit, FilePatch, Hunk, Origin

TEXT_LIMIT = 30_000
REMEMBERED = 1500


@dataclass(frozen=True, kw_only=True, eq=False)
class Place:
    """A function that stands in the trace (or the line alone, where it is in none).

    ``key`` counts from 0 at the crash; ``lines`` are its traced lines, nearest call first;
    ``origins`` and ``text`` are by line number of the deployed revision, first to last;
    ``owner``: the class that it is a method of.
    """

    key: int
    path: str
    name: str
    first: int
    last: int
    lines: tuple[int, ...]
    depth: int = 0
    chain: int = 0
    origins: Mapping[int, Origin] = field(default_factory=dict)
    text: Mapping[int, str] = field(default_factory=dict)
    owner: str = ""

    @cached_property
    def passes_on(self) -> bool:
        """Whether it only hands on what it was given: a short function whose traced line calls
        another with its own arguments. Transport and dispatch, innocent of what they carry."""
        return hands_on(self.text, self.lines, self.last - self.first + 1)

    @property
    def short(self) -> str:
        """For a sentence: the function's name, or the path where the line is in none."""
        return f"{self.name}()" if self.name else self.path


@dataclass(frozen=True, slots=True)
class Touch:
    """A hunk of a candidate inside a place; ``offset`` counts lines from the place's first.

    ``gap``: lines between it and a traced line, as that stood then (None: unknown); ``rewritten``:
    how often that line was written anew since.
    """

    place: int
    offset: int
    hunk: Hunk
    gap: int | None = None
    rewritten: int = 0


@dataclass(frozen=True, kw_only=True, eq=False)
class Candidate:
    """A commit that may be the culprit. ``age`` counts candidates from the newest (0).

    ``beside``: keys of places of whose class it touched other parts. ``same_program``: nothing
    but layout and comments changed.
    """

    commit: Commit
    in_range: bool
    age: int
    files: tuple[FilePatch, ...] = ()
    touches: tuple[Touch, ...] = ()
    beside: frozenset[int] = frozenset()
    same_program: bool = False

    @cached_property
    def code(self) -> tuple[FilePatch, ...]:
        """Its files that are neither tests nor prose."""
        return tuple(
            file
            for file in self.files
            if not is_test(path := file.path or file.old_path) and not is_prose(path)
        )

    @cached_property
    def paths(self) -> frozenset[str]:
        """Paths of its code."""
        return frozenset(file.path or file.old_path for file in self.code)

    @cached_property
    def functions(self) -> frozenset[str]:
        """Short names of the functions and classes that it changed or wrote."""
        return _opened(self.code)

    @property
    def words(self) -> Mapping[str, int]:
        """Identifiers of its changed lines of code, and their parts, with how often."""
        return _words(self.code)


# Of one repository's issues, most meet the same commits: what follows from a patch alone is
# worked out once in a process.
@lru_cache(maxsize=REMEMBERED)
def _opened(code: tuple[FilePatch, ...]) -> frozenset[str]:
    return frozenset(name for file in code for hunk in file.hunks for name in opened(hunk))


@lru_cache(maxsize=REMEMBERED)
def _words(code: tuple[FilePatch, ...]) -> Mapping[str, int]:
    changed = (
        line for file in code for hunk in file.hunks for line in (*hunk.added, *hunk.removed)
    )
    length, kept = 0, []
    for line in changed:
        kept.append(line)
        length += len(line)
        if length > TEXT_LIMIT:
            break
    return counts("\n".join(kept))
