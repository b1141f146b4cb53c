"""Case: all the facts that signals read, gathered beforehand. Nothing here asks git.

Facts of the trace are places (functions, nearest to the crash first); facts of the history are
candidates (commits, newest first) with what each did, and where it met a place.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from correlator.ranking.calls import called
from correlator.ranking.candidates import Candidate, Place, Touch
from correlator.ranking.carried import carriers
from correlator.ranking.dispatch import Function, function_of
from correlator.ranking.held import held
from correlator.ranking.similarity import Collection, asked, part_counts
from correlator.types import Event, Frame

__all__ = ["Candidate", "Case", "Place", "Touch"]

FRAMES = 40
CALLERS = 6
# What a frame that only hands on counts for.
PASSING = 0.4
# The statement that failed was composed by code that has returned: near is no nearer to it.
_DATABASE = re.compile(
    r"Operational|Integrity|Programming|InternalError|DataError|Database|InterfaceError|SQL"
    r"|SqlException|PSQL|Sequelize|PG::|StatementInvalid"
)
_REVERTS = re.compile(r"[Rr]everts? commit ([0-9a-f]{40})")
# GitHub's button names the pull request only; a squash keeps its number in the subject.
_REVERTS_REQUEST = re.compile(
    r"^Reverts (?:[\w.-]{1,100}/[\w.-]{1,100})?#(\d{1,9})\s*$", re.MULTILINE
)
_SQUASHED = re.compile(r"\(#(\d{1,9})\)\s*\Z")
_RAISES = re.compile(r"\s*(?:raise|throw|assert|panic!?|abort|return fmt\.Errorf)\b")


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """An event, its places, and the candidates. ``ranged``: the deploy before is known;
    ``common``: functions that many of the project's earlier issues go through."""

    event: Event
    places: tuple[Place, ...]
    candidates: tuple[Candidate, ...]
    ranged: bool
    common: frozenset[Function] = frozenset()

    @cached_property
    def trace(self) -> tuple[Frame, ...]:
        """All frames, nearest to a crash first."""
        return tuple(frame for _, frame in self._deep)

    @cached_property
    def _deep(self) -> tuple[tuple[tuple[int, int], Frame], ...]:
        """All frames by (depth, chain)."""
        traces = [raised.frames for raised in reversed(self.event.exceptions) if raised.frames]
        deep = [
            ((depth, chain), frame)
            for chain, frames in enumerate(traces or [self.event.frames])
            for depth, frame in enumerate(reversed(frames))
        ]
        return tuple(sorted(deep, key=lambda pair: pair[0]))

    @cached_property
    def complaints(self) -> tuple[str, ...]:
        """Type and beginning of the message of every exception of the chain."""
        return tuple(f"{raised.type}: {raised.value[:500]}" for raised in self.event.exceptions)

    @cached_property
    def ends_in_a_library(self) -> bool:
        """Whether what failed last is no code of ours."""
        return bool(self.trace) and self.trace[0].in_app is False

    @cached_property
    def is_database(self) -> bool:
        """Whether a database turned a statement down."""
        return any(_DATABASE.search(raised.type) for raised in self.event.exceptions)

    @cached_property
    def raises(self) -> bool:
        """Whether the crash line raises on purpose: then its author only wrote the guard."""
        crash = self.places[0] if self.places else None
        return bool(crash and _RAISES.match(crash.text.get(crash.lines[0], "")))

    @cached_property
    def carrying(self) -> frozenset[int]:
        """Keys of the places that are only on the way: they hand on what they were given, carry
        a statement that the database refuses, or stand in many earlier issues' traces (not where
        it crashed: that is where this issue differs)."""
        return frozenset(
            place.key
            for place in self.places
            if place.passes_on
            or (place.chain, place.depth) in self.refused
            or (place.key and function_of(place.path, place.name) in self.common)
        )

    @cached_property
    def refused(self) -> frozenset[tuple[int, int]]:
        """(chain, depth) of the frames that carry what a database refuses."""
        return carriers(self.event) if self.is_database else frozenset()

    @cached_property
    def steps(self) -> Mapping[int, float]:
        """By place: how far it is from the crash, frames that only hand on not counted whole."""
        found, skipped = {}, 0.0
        for place in self.places:
            found[place.key] = place.key - skipped
            skipped += (1 - PASSING) * (place.key in self.carrying)
        return found

    def near(self, place: Place) -> float:
        """1 at the crash, falling with distance; all the same where a database complains. Little
        where a frame only hands on what it was given."""
        near = 0.35 if self.is_database else 1.0 / (1.0 + 0.5 * self.steps[place.key])
        return near * PASSING if place.key in self.carrying else near

    @cached_property
    def asked(self) -> Mapping[str, float]:
        """What the event speaks of: message, code lines, locals; nearer frames weigh more."""
        texts = [(f"{raised.type} {raised.value}"[:2000], 1.0) for raised in self.event.exceptions]
        texts.append((self.event.message[:2000], 1.0))
        for at, ((depth, chain), frame) in enumerate(self._deep[:FRAMES]):
            near = 1.0 / (1.0 + 0.15 * at)
            near *= PASSING if (chain, depth) in self.refused else 1.0
            texts += [(frame.context_line or "", near), (frame.function, 0.8 * near)]
            for name, value in list(frame.variables.items())[:30]:
                texts += [(name, 0.4 * near), (str(value)[:300], 0.5 * near)]
        return asked(texts)

    @cached_property
    def held(self) -> Mapping[str, tuple[str, float]]:
        """By path without suffix: a class whose object a frame holds, and how near that is."""
        return held(self.trace[:FRAMES])

    @cached_property
    def called(self) -> Mapping[str, float]:
        """What the traced functions call on their way to the traced line, though no frame shows
        it: names, and how near (0 to 1). Calls on the traced line itself are nearest."""
        shown = {place.name.rpartition(".")[2] for place in self.places}
        found: dict[str, float] = {}
        telling = [place for place in self.places if place.key not in self.carrying]
        for place in (telling or self.places)[:CALLERS]:
            for name, share in called(place.text, place.lines):
                if name not in shown:
                    found[name] = max(found.get(name, 0.0), share * self.near(place))
        return found

    @cached_property
    def changers(self) -> Mapping[str, int]:
        """By name of a function that the trace calls: how many candidates changed it."""
        return {name: sum(name in one.functions for one in self.candidates) for name in self.called}

    @cached_property
    def lines(self) -> Collection:
        """What the changed lines of each candidate speak of."""
        return Collection([candidate.words for candidate in self.candidates])

    @cached_property
    def messages(self) -> Collection:
        """What the commit message of each candidate speaks of."""
        return Collection([part_counts(c.commit.message[:1500]) for c in self.candidates])

    @cached_property
    def line_scores(self) -> tuple[float, ...]:
        """How much each candidate's lines speak of what the event speaks of."""
        return tuple(self.lines.scores(self.asked))

    @cached_property
    def message_scores(self) -> tuple[float, ...]:
        """The same of the commit messages; at most 1, the best candidate's."""
        wanted = {word: n for word, n in self.asked.items() if word.startswith("~")}
        scores = self.messages.scores(wanted)
        most = max(scores, default=0.0) or 1.0
        return tuple(score / most for score in scores)

    @cached_property
    def order_in_files(self) -> Mapping[int, int]:
        """By age: how many newer candidates changed a traced file, too."""
        return self._newer(lambda one: any(place.path in one.paths for place in self.places))

    @cached_property
    def order_in_functions(self) -> Mapping[int, int]:
        """By age: how many newer candidates touched a traced function, too."""
        return self._newer(lambda one: any(t.place not in self.carrying for t in one.touches))

    @cached_property
    def bearers(self) -> Mapping[str, int]:
        """By name of a traced function: how many candidates changed a function of that name."""
        names = {place.name.rpartition(".")[2] for place in self.places}
        return {name: sum(name in one.functions for one in self.candidates) for name in names}

    @cached_property
    def reverted(self) -> Mapping[str, str]:
        """By commit: the one that took it back, if that was not taken back itself."""
        by: dict[str, str] = {}
        squashed = {
            found.group(1): one.commit.sha
            for one in reversed(self.candidates)
            if (found := _SQUASHED.search(one.commit.subject[:2000]))
        }
        for one in self.candidates:  # newest first: a revert that was reverted is known by then
            if one.commit.sha in by:
                continue
            message = one.commit.message[:5000]
            named = [squashed.get(number, "") for number in _REVERTS_REQUEST.findall(message)]
            for sha in (*_REVERTS.findall(message), *named):
                if sha and sha != one.commit.sha:
                    by[sha] = one.commit.sha
        return by

    def _newer(self, belongs: Callable[[Candidate], bool]) -> dict[int, int]:
        return {one.age: at for at, one in enumerate(filter(belongs, self.candidates))}
