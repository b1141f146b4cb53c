"""Case: all the facts that signals read, gathered beforehand. Nothing here asks git.

Facts of the trace are places (functions, nearest to the crash first); facts of the history are
candidates (commits, newest first) with what each did, and where it met a place.
"""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from correlator.ranking.words import frame_words, is_prose, is_test, patch_words, words
from correlator.types import Commit, Event, FilePatch, Frame, Hunk, Origin


@dataclass(frozen=True, kw_only=True, eq=False)
class Place:
    """A function that stands in the trace (or the line alone, where it is in none).

    ``key`` counts from 0 at the crash; ``lines`` are its traced lines, nearest call first;
    ``origins`` and ``text`` are by line number of the deployed revision, first to last.
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

    @property
    def near(self) -> float:
        """1 at the crash, falling with distance."""
        return 1.0 / (1.0 + 0.5 * self.key)

    @property
    def short(self) -> str:
        """For a sentence: the function's name, or the path where the line is in none."""
        return f"{self.name}()" if self.name else self.path


@dataclass(frozen=True, slots=True)
class Touch:
    """A hunk of a candidate inside a place; ``offset`` counts lines from the place's first."""

    place: int
    offset: int
    hunk: Hunk


@dataclass(frozen=True, kw_only=True, eq=False)
class Candidate:
    """A commit that may be the culprit. ``age`` counts candidates from the newest (0)."""

    commit: Commit
    in_range: bool
    age: int
    files: tuple[FilePatch, ...] = ()
    touches: tuple[Touch, ...] = ()
    changed: tuple[str, ...] = ()

    @cached_property
    def words(self) -> frozenset[str]:
        """Identifiers on its changed lines outside tests."""
        return frozenset(patch_words(self.files))

    @cached_property
    def code(self) -> tuple[FilePatch, ...]:
        """Its files that are neither tests nor prose."""
        return tuple(
            file
            for file in self.files
            if not is_test(path := file.path or file.old_path) and not is_prose(path)
        )

    @cached_property
    def size(self) -> int:
        """Lines changed outside tests and prose."""
        return sum(h.old_count + h.new_count for file in self.code for h in file.hunks)


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """An event, its places, and the candidates. ``ranged``: the deploy before is known."""

    event: Event
    places: tuple[Place, ...]
    candidates: tuple[Candidate, ...]
    ranged: bool

    @cached_property
    def trace(self) -> tuple[Frame, ...]:
        """All frames, nearest to a crash first."""
        chains = [raised.frames for raised in self.event.exceptions] or [self.event.frames]
        deep = [(depth, f) for frames in chains for depth, f in enumerate(reversed(frames))]
        return tuple(frame for _, frame in sorted(deep, key=lambda pair: pair[0]))

    @cached_property
    def said(self) -> frozenset[str]:
        """Identifiers of what the error says: type and message."""
        texts = [f"{raised.type} {raised.value}" for raised in self.event.exceptions]
        return frozenset(set().union(*map(words, [*texts, self.event.message])))

    @cached_property
    def near_words(self) -> frozenset[str]:
        """Identifiers of the frames nearest to the crash: code line and locals."""
        return frozenset(set().union(*map(frame_words, self.trace[:4])))

    @cached_property
    def trace_words(self) -> frozenset[str]:
        """Identifiers of all frames."""
        return frozenset(set().union(*map(frame_words, self.trace[:60])))

    @cached_property
    def rarity(self) -> Mapping[str, float]:
        """How much an identifier tells, 0 to about 5: fewer candidates speak of it, more."""
        count = Counter(word for c in self.candidates for word in c.words)
        total = len(self.candidates)
        return {word: math.log((total + 1) / (n + 0.5)) for word, n in count.items()}
