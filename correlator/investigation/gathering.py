"""Gathers the facts of a case from a repository: places of the trace, and candidates.

Git is asked a fixed number of times: files, sources, one log of the range, one log of the traced
files, one of their neighbourhood, one blame a file, one diff of what blame found beyond. What can
be asked at once is; what was asked for another issue is remembered; what takes too long is done
without, and a note says so.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import TypeVar

from correlator.code.at_once import AtOnce
from correlator.code.git import TooSlow
from correlator.code.history import Contact, Mark, Stretch, contacts
from correlator.code.repo import Repo
from correlator.investigation.harmless import look_through, of_layout, owed_to, sweeps
from correlator.investigation.past import Past, beside, candidates
from correlator.investigation.sources import (
    Sources,
    find_places,
    paths_of,
    read_sources,
    read_texts,
    wanted_lines,
)
from correlator.ranking.case import Case, Place
from correlator.types import Commit, Event, Location, Origin, Patch

RANGE_LIMIT = 3000
HISTORY_LIMIT = 400
RECENT_LIMIT = 300
BEYOND_LIMIT = 250
# Traced lines of a function that are followed back for themselves.
MARKS = 3
# Patches that are asked for at once: of a range that is too long, the newest are read.
BATCH = 250

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """The range, newest first (none if it is not known), and what the commits there, or the
    newest ones, changed; ``missing``: how many of them there was no time to read."""

    ranged: tuple[Commit, ...]
    patches: Mapping[str, Patch]
    missing: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """Who met a place, who came beside one, by commit; ``near``: the newest of all behind them."""

    contacts: Mapping[str, tuple[Contact, ...]]
    beside: Mapping[str, frozenset[int]]
    near: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """The case, and what its reader is shown beside the verdict; ``notes``: what is missing."""

    case: Case
    sources: Sources
    range_size: int | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What git was asked for at once: the traced places and their origins by path and line, the
    history of the traced files, newest first, and what lies around."""

    sources: Sources
    places: tuple[Place, ...]
    origins: Mapping[str, Mapping[int, Origin]]
    behind: Sequence[Patch]
    around: Around


def gather(
    repo: Repo, event: Event, locations: Sequence[Location], deployed: str, previous: str | None
) -> Gathered:
    """All the facts about an event whose frames have been located.

    Raises TooSlow only where the traced files or the list of the range cannot be had in the time
    that ``repo`` gives; anything else is then left out.
    """
    notes: list[str] = []
    innocent = frozenset(repo.ignored(deployed)) | repo.edge
    asked = _ask(repo, locations, deployed, previous, notes)
    places, origins, around = asked.places, asked.origins, asked.around
    met = meet(places, asked.sources, asked.behind)
    past = look_beyond(repo, places, met, around, notes)
    if owed := owed_to(places, sweeps(repo, past.patches.values())):
        origins = {**origins, **look_through(repo, deployed, origins, owed, notes)}
        places = tuple(_blamed(place, origins.get(place.path, {})) for place in places)
        past = look_beyond(repo, places, met, around, notes)
    case = Case(
        event=event,
        places=places,
        candidates=candidates(past, innocent, of_layout(repo, past.patches.values())),
        ranged=previous is not None,
    )
    return Gathered(
        case=case,
        sources=replace(asked.sources, origins=origins),
        range_size=len(past.ranged) if previous else None,
        notes=tuple(notes),
    )


def _ask(
    repo: Repo,
    locations: Sequence[Location],
    deployed: str,
    previous: str | None,
    notes: list[str],
) -> _Asked:
    """Ask git for everything that does not depend on another answer, all of it at once."""
    with AtOnce() as git:
        look = git.ask(read_around, repo, deployed, previous)
        texts = read_texts(repo, deployed, locations)
        paths = paths_of(locations, texts)
        # Git reads the history while we parse.
        early = git.ask(repo.history, deployed, paths, HISTORY_LIMIT) if paths else None
        sources = read_sources(texts)
        places = find_places(locations, sources)
        lines = wanted_lines(locations, places, sources)
        asked = early or git.ask(repo.history, deployed, list(lines), HISTORY_LIMIT)
        blames = {path: git.ask(repo.blame_lines, deployed, path, lines[path]) for path in lines}
        behind = _in_time(asked, (), "the history of the traced files", notes)
        told = {
            path: _in_time(blame, {}, f"the blame of {path}", notes)
            for path, blame in blames.items()
        }
        around = look.result()
    origins = {path: _only(lines[path], found) for path, found in told.items()}
    return _Asked(
        sources=sources,
        places=tuple(_blamed(place, origins.get(place.path, {})) for place in places),
        origins=origins,
        behind=behind,
        around=around,
    )


def _only(lines: Iterable[int], found: Mapping[int, Origin]) -> Mapping[int, Origin]:
    """What was asked for: which lines are known beside them depends on earlier questions."""
    return {line: found[line] for line in lines if line in found}


def _in_time(asked: Future[Answer], instead: Answer, what: str, notes: list[str]) -> Answer:
    """The answer, or what stands for it when there was no time."""
    try:
        return asked.result()
    except TooSlow:
        notes.append(f"{what} took too long and was left out")
        return instead


def _blamed(place: Place, origins: Mapping[int, Origin]) -> Place:
    inside = range(place.first, place.last + 1)
    return replace(place, origins={n: origins[n] for n in inside if n in origins})


def read_around(repo: Repo, deployed: str, previous: str | None) -> Around:
    """The commits of the range and what they changed; without a range, the newest commits."""
    if previous is None:
        try:
            recent = repo.recent(deployed, RECENT_LIMIT)
        except TooSlow:
            return Around(ranged=(), patches={}, missing=RECENT_LIMIT)
        return Around(ranged=(), patches={patch.commit.sha: patch for patch in recent})
    ranged = repo.between(previous, deployed, RANGE_LIMIT)
    patches, missing = read_patches(repo, [commit.sha for commit in ranged])
    return Around(ranged=ranged, patches=patches, missing=missing)


def read_patches(repo: Repo, shas: Sequence[str]) -> tuple[dict[str, Patch], int]:
    """What these commits changed, and how many of them there was no time to read."""
    found: dict[str, Patch] = {}
    for at in range(0, len(shas), BATCH):
        try:
            found |= repo.changes(shas[at : at + BATCH])
        except TooSlow:
            return found, len(shas) - at
    return found, 0


def meet(places: Sequence[Place], sources: Sources, behind: Sequence[Patch]) -> Met:
    """Who met the places, as the history of their files tells."""
    stretches = [
        Stretch(p.key, p.path, p.first, p.last, tuple(map(Mark, p.lines[:MARKS]))) for p in places
    ]
    met: dict[str, list[Contact]] = defaultdict(list)
    for contact in contacts(behind, stretches):
        met[contact.sha].append(contact)
    return Met(
        contacts={sha: tuple(found) for sha, found in met.items()},
        beside=beside(places, sources.spans, behind, met),
        near=tuple(patch.commit.sha for patch in behind[:60]),
    )


def look_beyond(
    repo: Repo, places: Sequence[Place], met: Met, around: Around, notes: list[str]
) -> Past:
    """What the commits changed, too, that blame and history point to."""
    blamed = [origin.sha for place in places for origin in place.origins.values()]
    named = dict.fromkeys([*blamed, *met.contacts, *met.near])
    beyond = [sha for sha in named if sha not in around.patches]
    patches, missing = read_patches(repo, beyond[:BEYOND_LIMIT])
    if missing := missing + around.missing:
        notes.append(f"there was no time to read what {missing} of the commits changed")
    return Past(
        ranged=around.ranged,
        patches={**around.patches, **patches},
        met=met.contacts,
        beside=met.beside,
    )
