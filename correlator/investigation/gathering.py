"""Gathers the facts of a case from a repository: places of the trace, and candidates.

Git is asked a fixed number of times: files, sources, one log of the range, one log of the traced
files, one of their neighbourhood, one blame a file, one diff of what blame found beyond. What can
be asked at once is; what was asked for another issue is remembered; what takes too long is done
without, and a note says so.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import TypeVar

from correlator.code.at_once import AtOnce
from correlator.code.git import TooSlow
from correlator.code.history import Contact, Mark, Stretch, contacts
from correlator.code.repo import Repo
from correlator.code.spans import innermost, spans
from correlator.investigation.harmless import look_through, of_layout, owed_to, sweeps
from correlator.investigation.past import Past, beside, candidates
from correlator.ranking.case import Case, Place
from correlator.types import Commit, Event, Location, Origin, Patch, Span

PLACES = 24
RANGE_LIMIT = 3000
HISTORY_LIMIT = 400
RECENT_LIMIT = 300
BEYOND_LIMIT = 250
BLAMED_FILES = 12
# Traced lines of a function that are followed back for themselves.
MARKS = 3
# Patches that are asked for at once: of a range that is too long, the newest are read.
BATCH = 250
# Source lines that are shown before and after a frame's.
BEFORE, AFTER = 5, 3

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Text, spans and blame of the traced files at the deployed revision, by path.

    ``origins``: by line number, of the lines that matter.
    """

    text: Mapping[str, tuple[str, ...]]
    spans: Mapping[str, tuple[Span, ...]]
    origins: Mapping[str, Mapping[int, Origin]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """The range, newest first (none if it is not known), and what the commits there, or the
    newest ones, changed; ``missing``: how many of them there was no time to read."""

    ranged: tuple[Commit, ...]
    patches: Mapping[str, Patch]
    missing: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """The case, and what its reader is shown beside the verdict; ``notes``: what is missing."""

    case: Case
    sources: Sources
    range_size: int | None
    notes: tuple[str, ...] = ()


def gather(
    repo: Repo, event: Event, locations: Sequence[Location], deployed: str, previous: str | None
) -> Gathered:
    """All the facts about an event whose frames have been located.

    Raises TooSlow only where the traced files or the list of the range cannot be had in the time
    that ``repo`` gives; anything else is then left out.
    """
    notes: list[str] = []
    sources = read_sources(repo, deployed, locations)
    places = find_places(locations, sources)
    paths = list(dict.fromkeys(place.path for place in places))[:BLAMED_FILES]
    lines = wanted_lines(locations, places, sources)
    innocent = frozenset(repo.ignored(deployed)) | repo.edge
    with AtOnce() as git:
        asked = git.ask(repo.history, deployed, paths, HISTORY_LIMIT)
        look = git.ask(read_around, repo, deployed, previous)
        blames = {path: git.ask(repo.blame_lines, deployed, path, lines[path]) for path in lines}
        behind = _in_time(asked, (), "the history of the traced files", notes)
        told = {
            path: _in_time(blame, {}, f"the blame of {path}", notes)
            for path, blame in blames.items()
        }
        origins = {path: _only(lines[path], found) for path, found in told.items()}
        around = look.result()
    places = tuple(_blamed(place, origins.get(place.path, {})) for place in places)
    past = look_beyond(repo, places, sources, (behind, around), notes)
    swept = sweeps(repo, past.patches.values())
    if owed := owed_to(places, swept):
        origins = {**origins, **look_through(repo, deployed, origins, owed, notes)}
        places = tuple(_blamed(place, origins.get(place.path, {})) for place in places)
        past = look_beyond(repo, places, sources, (behind, around), notes)
    layout = of_layout(repo, past.patches.values())
    case = Case(
        event=event,
        places=places,
        candidates=candidates(past, innocent, layout),
        ranged=previous is not None,
    )
    return Gathered(
        case=case,
        sources=replace(sources, origins=origins),
        range_size=len(past.ranged) if previous else None,
        notes=tuple(notes),
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


def read_sources(repo: Repo, deployed: str, locations: Sequence[Location]) -> Sources:
    """The files the trace goes through, nearest first, and what stands where in them."""
    near = sorted(locations, key=lambda at: (at.depth, at.chain))
    texts = repo.texts(deployed, list(dict.fromkeys(at.path for at in near)))
    return Sources(
        text={path: tuple(text.split("\n")) for path, text in texts.items()},
        spans={path: spans(path, text) for path, text in texts.items()},
    )


def wanted_lines(
    locations: Iterable[Location], places: Iterable[Place], sources: Sources
) -> dict[str, set[int]]:
    """Lines whose origin matters, by path, nearest file first: those of the traced functions, and
    those shown around a frame."""
    lines: dict[str, set[int]] = defaultdict(set)
    for place in places:
        lines[place.path].update(range(place.first, place.last + 1))
    for at in locations:
        if at.line is not None and at.path in lines:
            lines[at.path].update(range(at.line - BEFORE, at.line + AFTER + 1))
    # What follows the last line feed is no line to git.
    there = {path: len(text) - (text[-1] == "") for path, text in sources.text.items()}
    return {
        path: {line for line in many if 1 <= line <= there[path]}
        for path, many in list(lines.items())[:BLAMED_FILES]
    }


def find_places(locations: Iterable[Location], sources: Sources) -> tuple[Place, ...]:
    """The traced functions, nearest to a crash first; of a chain, both crashes are near."""
    lines: dict[tuple[str, str, int, int], list[Location]] = defaultdict(list)
    for at in sorted(locations, key=lambda at: (at.depth, at.chain)):
        if at.line is None or not 1 <= at.line <= len(sources.text.get(at.path, ())):
            continue
        span = innermost(sources.spans[at.path], at.line)
        where = (span.name, span.first, span.last) if span else ("", at.line, at.line)
        lines[(at.path, *where)].append(at)
    return tuple(
        _place(key, path, (name, first, last), found, sources)
        for key, ((path, name, first, last), found) in enumerate(list(lines.items())[:PLACES])
    )


def _place(
    key: int, path: str, where: tuple[str, int, int], found: list[Location], sources: Sources
) -> Place:
    name, first, last = where
    text = sources.text[path]
    return Place(
        key=key,
        path=path,
        name=name,
        first=first,
        last=last,
        lines=tuple(dict.fromkeys(at.line for at in found if at.line)),
        depth=found[0].depth,
        chain=found[0].chain,
        text={n: text[n - 1] for n in range(first, last + 1) if n <= len(text)},
        owner=_owner(sources.spans[path], name),
    )


def _owner(spans: Iterable[Span], name: str) -> str:
    """The class that a function of that name is a method of; empty if it is none's."""
    outer = name.rpartition(".")[0]
    return outer if any(span.kind == "class" and span.name == outer for span in spans) else ""


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


def look_beyond(
    repo: Repo,
    places: Sequence[Place],
    sources: Sources,
    found: tuple[Sequence[Patch], Around],
    notes: list[str],
) -> Past:
    """Who met the places, and what the commits changed that blame and history point to."""
    behind, around = found
    stretches = [
        Stretch(p.key, p.path, p.first, p.last, tuple(map(Mark, p.lines[:MARKS]))) for p in places
    ]
    met: dict[str, list[Contact]] = defaultdict(list)
    for contact in contacts(behind, stretches):
        met[contact.sha].append(contact)
    near = [patch.commit.sha for patch in behind[:60]]
    blamed = [origin.sha for place in places for origin in place.origins.values()]
    beyond = [sha for sha in dict.fromkeys([*blamed, *met, *near]) if sha not in around.patches]
    patches, missing = read_patches(repo, beyond[:BEYOND_LIMIT])
    if missing := missing + around.missing:
        notes.append(f"there was no time to read what {missing} of the commits changed")
    return Past(
        ranged=around.ranged,
        patches={**around.patches, **patches},
        met={sha: tuple(found) for sha, found in met.items()},
        beside=beside(places, sources.spans, behind, met),
    )
