"""explain: one event, one repository, one deployed revision; who did it, and how we know.

The one function behind the command line, the worker and the evaluation, so that all of them give
the same answer. It puts the rooms ``code``, ``provenance`` and ``ranking`` together and keeps
nothing. Nothing newer than the deployed revision is read.
"""

import gc
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from correlator.code.git import TooSlow
from correlator.code.paths import PathIndex, Root, Unmapped, locate_all
from correlator.code.remembered import MEBIBYTE, Remembered
from correlator.code.repo import Repo
from correlator.investigation.brought import NOTHING_TOLD, Told
from correlator.investigation.gathering import gather
from correlator.investigation.recorded import judge_origins
from correlator.investigation.snippets import snippets
from correlator.investigation.sources import Sources
from correlator.investigation.unbundled import unbundle
from correlator.ranking.dispatch import Function
from correlator.ranking.rank import rank, silent
from correlator.ranking.weights import Weights
from correlator.types import (
    Abstention,
    Author,
    Commit,
    Event,
    Explanation,
    Location,
    Origin,
    Provenance,
    Snippet,
    Verdict,
)

# What a verdict may take before it makes do with less: well over what the largest need, well
# under a worker's claim to the issue.
SECONDS = 20.0
# Who wrote it is told beside the verdict, which has been found by then.
_LEAST_FOR_PROVENANCE = 5.0

_BYTES_A_PATH = 500
_INDEXES: Remembered[tuple[str, str], PathIndex] = Remembered(24 * MEBIBYTE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What an investigation came to, before provenance is asked."""

    verdict: Verdict
    locations: tuple[Location, ...] = ()
    sources: Sources | None = None
    range_size: int | None = None
    notes: tuple[str, ...] = ()


def explain(
    repo: Repo,
    event: Event,
    *,
    deployed: str,
    previous: str | None,
    roots: Sequence[Root] = (),
    seconds: float = SECONDS,
    told: Told = NOTHING_TOLD,
    weights: Weights | None = None,
    common: frozenset[Function] = frozenset(),
) -> Explanation:
    """Locate, blame, gather, rank, and say who or what wrote what is shown.

    ``deployed`` and ``previous`` are full hashes; ``roots`` are (stack root, source root) pairs;
    ``told``: what forges told of the repository; ``weights``: others than the shipped ones;
    ``common``: functions that many of the project's earlier issues go through.
    After ``seconds``, what git has not yet answered is left out, and a note says so. Raises
    Transient where git takes too long for the least that is needed, Permanent where it cannot
    answer.
    """
    began = time.monotonic()
    hurried = repo.until(began + seconds)
    with _without_collecting():
        found = _investigate(hurried, event, (deployed, previous), roots, (weights, common))
    shown = snippets(found.locations, found.sources) if found.sources else ()
    commits = repo.commits(_mentioned(found.verdict, shown))
    origins = [line.origin for snippet in shown for line in snippet.lines if line.origin]
    left = max(_LEAST_FOR_PROVENANCE, began + seconds - time.monotonic())
    whole, single, missing = _provenance(repo, commits, origins, deployed, (left, told))
    return Explanation(
        verdict=found.verdict,
        deployed=deployed,
        previous=previous,
        commits_in_range=found.range_size,
        locations=found.locations,
        snippets=shown,
        commits=commits,
        provenance=whole,
        line_provenance=_by_line(shown, whole, single),
        notes=(*found.notes, *missing),
        seconds=time.monotonic() - began,
    )


@contextmanager
def _without_collecting() -> Iterator[None]:
    """No search for cycles meanwhile: hundreds of patches are read, which hold none, and looking
    through them again and again is a tenth of our own processor time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _investigate(
    repo: Repo,
    event: Event,
    between: tuple[str, str | None],
    roots: Sequence[Root],
    known: tuple[Weights | None, frozenset[Function]],
) -> _Found:
    (deployed, previous), (weights, common) = between, known
    notes: list[str] = []
    if not repo.has(deployed):
        return _Found(verdict=silent(Abstention.REVISION_NOT_IN_REPOSITORY, weights))
    if not event.trace:
        return _Found(verdict=silent(Abstention.NO_FRAMES, weights))
    base = base_of(repo, deployed, previous, notes)
    index = _index(repo, deployed)
    unbundled = unbundle(repo, deployed, event, index, tuple(roots))
    notes += unbundled.notes
    located, unmapped = locate_all(unbundled.event, index, roots)
    notes += _left_out(unmapped)
    locations = unbundled.marked(located)
    if not locations:
        why = silent(Abstention.NO_FRAME_IN_REPOSITORY, weights)
        if unbundled.notes:
            why = replace(why, because=unbundled.notes[0])
        return _Found(verdict=why, notes=tuple(notes))
    gathered = gather(repo, unbundled.event, locations, deployed, base)
    notes += gathered.notes
    if repo.edge:
        notes.append("the clone is shallow: commits at its edge cannot be blamed")
    return _Found(
        verdict=rank(replace(gathered.case, common=common), weights),
        locations=locations,
        sources=gathered.sources,
        range_size=gathered.range_size,
        notes=tuple(notes),
    )


def _index(repo: Repo, revision: str) -> PathIndex:
    """The paths of a revision; of one deploy there are many issues."""
    key = (str(repo.path), revision)
    index = _INDEXES.get(key)
    if index is None:
        index = PathIndex(repo.files(revision))
        _INDEXES.put(key, index, _BYTES_A_PATH * len(index.files))
    return index


def _provenance(
    repo: Repo,
    commits: Mapping[str, Commit],
    origins: Sequence[Origin],
    deployed: str,
    how: tuple[float, Told],
) -> tuple[dict[str, Provenance], dict[Origin, Provenance], tuple[str, ...]]:
    """Answers for commits and for lines; where they take too long, unknown, and a note."""
    try:
        judged = judge_origins(
            repo.path, tuple(commits.values()), origins, timeout=how[0], at=deployed, told=how[1]
        )
    except TooSlow:
        because = "reading what the repository records took too long"
        unknown = Provenance(author=Author.UNKNOWN, certainty=0.0, because=because)
        note = f"provenance is not shown: {because}"
        return dict.fromkeys(commits, unknown), {}, (note,)
    return *judged, ()


def base_of(repo: Repo, deployed: str, previous: str | None, notes: list[str]) -> str | None:
    """The deploy before, where it can bound a range; else None, and a note says why."""
    if previous is None:
        return None
    if previous == deployed:
        notes.append("the deploy before had the same revision: there is no range")
        return None
    if not repo.has(previous):
        notes.append("the deploy before is not in the repository: there is no range")
        return None
    if not repo.is_ancestor(previous, deployed):
        notes.append("the deploy before is not contained in this one: a rollback or other branch")
    return previous


def _left_out(unmapped: Iterable[Unmapped]) -> list[str]:
    reasons = {"several files end like this", "the path climbs out"}
    return [
        f"{one.frame.filename[:120]!r} was not mapped: {one.because}"
        for one in unmapped
        if one.because in reasons
    ][:5]


def _mentioned(verdict: Verdict, shown: Iterable[Snippet]) -> list[str]:
    lines = (line.origin for snippet in shown for line in snippet.lines)
    return [suspect.sha for suspect in verdict.suspects] + [o.sha for o in lines if o]


def _by_line(
    shown: Iterable[Snippet],
    whole: Mapping[str, Provenance],
    single: Mapping[Origin, Provenance],
) -> dict[tuple[str, int], Provenance]:
    """Provenance of single lines, where it says another thing than that of their commit."""
    return {
        (snippet.path, line.number): answer
        for snippet in shown
        for line in snippet.lines
        if line.origin
        and (answer := single.get(line.origin)) is not None
        and answer != whole[line.origin.sha]
    }
