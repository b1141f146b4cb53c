"""Gathers the facts of a case from a repository: places of the trace, and candidates.

Git is asked a fixed number of times: files, sources, one log of the range, one log of the traced
files, one of their neighbourhood, one blame a file, one diff of what blame found beyond.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from correlator.code.history import Contact, Stretch, contacts
from correlator.code.repo import Repo
from correlator.code.spans import innermost, spans
from correlator.ranking.case import Candidate, Case, Place, Touch
from correlator.types import Commit, Event, Location, Origin, Patch, Span

PLACES = 24
RANGE_LIMIT = 3000
HISTORY_LIMIT = 400
RECENT_LIMIT = 300
BEYOND_LIMIT = 250
BLAMED_FILES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Text, spans and blame of the traced files at the deployed revision, by path."""

    text: Mapping[str, tuple[str, ...]]
    spans: Mapping[str, tuple[Span, ...]]
    origins: Mapping[str, tuple[Origin, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What git's logs say: the range, newest first; every patch read; who met which place."""

    ranged: tuple[Commit, ...]
    patches: Mapping[str, Patch]
    met: Mapping[str, tuple[Contact, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """The case, and what its reader is shown beside the verdict."""

    case: Case
    sources: Sources
    range_size: int | None


def gather(
    repo: Repo, event: Event, locations: Sequence[Location], deployed: str, previous: str | None
) -> Gathered:
    """All the facts about an event whose frames have been located."""
    sources = read_sources(repo, deployed, locations)
    places = find_places(locations, sources)
    past = read_past(repo, deployed, previous, places)
    innocent = frozenset(repo.ignored(deployed)) | repo.edge
    case = Case(
        event=event,
        places=places,
        candidates=candidates(past, innocent),
        ranged=previous is not None,
    )
    return Gathered(case=case, sources=sources, range_size=len(past.ranged) if previous else None)


def read_sources(repo: Repo, deployed: str, locations: Sequence[Location]) -> Sources:
    """Everything that is known of the files the trace goes through."""
    near = sorted(locations, key=lambda at: (at.depth, at.chain))
    paths = list(dict.fromkeys(at.path for at in near))
    texts = repo.texts(deployed, paths)
    blamed = [path for path in paths if path in texts][:BLAMED_FILES]
    with ThreadPoolExecutor(2) as pool:
        blames = pool.map(lambda path: repo.blame(deployed, path), blamed)
        origins = dict(zip(blamed, blames, strict=True))
    return Sources(
        text={path: tuple(text.split("\n")) for path, text in texts.items()},
        spans={path: spans(path, text) for path, text in texts.items()},
        origins=origins,
    )


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
    origins, text = sources.origins.get(path, ()), sources.text[path]
    return Place(
        key=key,
        path=path,
        name=name,
        first=first,
        last=last,
        lines=tuple(dict.fromkeys(at.line for at in found if at.line)),
        depth=found[0].depth,
        chain=found[0].chain,
        origins={n: origins[n - 1] for n in range(first, last + 1) if n <= len(origins)},
        text={n: text[n - 1] for n in range(first, last + 1) if n <= len(text)},
    )


def read_past(repo: Repo, deployed: str, previous: str | None, places: Sequence[Place]) -> Past:
    """The range, the history of the traced files, and what blame points to beyond both."""
    paths = list(dict.fromkeys(place.path for place in places))[:BLAMED_FILES]
    with ThreadPoolExecutor(2) as pool:
        traced = pool.submit(repo.history, deployed, paths, HISTORY_LIMIT)
        if previous:
            recent = repo.patches(previous, deployed, RANGE_LIMIT)
            ranged = repo.between(previous, deployed, RANGE_LIMIT)
        else:
            recent, ranged = repo.recent(deployed, RECENT_LIMIT), ()
        behind = traced.result()
    stretches = [Stretch(p.key, p.path, p.first, p.last) for p in places]
    met: dict[str, list[Contact]] = defaultdict(list)
    for contact in contacts(behind, stretches):
        met[contact.sha].append(contact)
    patches = {patch.commit.sha: patch for patch in recent}
    near = [patch.commit.sha for patch in behind[:60]]
    blamed = [origin.sha for place in places for origin in place.origins.values()]
    beyond = [sha for sha in dict.fromkeys([*blamed, *met, *near]) if sha not in patches]
    patches |= repo.changes(beyond[:BEYOND_LIMIT])
    return Past(
        ranged=ranged, patches=patches, met={sha: tuple(found) for sha, found in met.items()}
    )


def candidates(past: Past, innocent: frozenset[str]) -> tuple[Candidate, ...]:
    """Every commit that was found, newest first, but those that are known to be innocent."""
    inside = {commit.sha for commit in past.ranged}
    commits = {commit.sha: commit for commit in past.ranged}
    commits |= {sha: patch.commit for sha, patch in past.patches.items()}
    order = sorted(
        (commit for sha, commit in commits.items() if sha not in innocent),
        key=lambda commit: commit.committed_at,
        reverse=True,
    )
    return tuple(
        Candidate(
            commit=commit,
            in_range=commit.sha in inside,
            age=age,
            files=past.patches[commit.sha].files if commit.sha in past.patches else (),
            touches=tuple(Touch(c.key, c.offset, c.hunk) for c in past.met.get(commit.sha, ())),
        )
        for age, commit in enumerate(order)
    )
