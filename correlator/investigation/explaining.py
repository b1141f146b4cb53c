"""explain: one event, one repository, one deployed revision; who did it, and how we know.

The one function behind the command line, the worker and the evaluation, so that all of them give
the same answer. It puts the rooms ``code``, ``provenance`` and ``ranking`` together and keeps
nothing. Nothing newer than the deployed revision is read.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from correlator.code.paths import PathIndex, Root, Unmapped, locate_all
from correlator.code.repo import Repo
from correlator.investigation.gathering import Sources, gather
from correlator.investigation.recorded import judge_origins
from correlator.investigation.snippets import snippets
from correlator.ranking.rank import rank, silent
from correlator.ranking.weights import Weights
from correlator.types import (
    Abstention,
    Event,
    Explanation,
    Location,
    Origin,
    Provenance,
    Snippet,
    Verdict,
)


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
    weights: Weights | None = None,
) -> Explanation:
    """Locate, blame, gather, rank, and say who or what wrote what is shown.

    ``deployed`` and ``previous`` are full hashes; ``roots`` are (stack root, source root) pairs;
    ``weights``: others than the shipped ones.
    Raises Transient where git takes too long, Permanent where it cannot answer.
    """
    began = time.monotonic()
    found = _investigate(repo, event, (deployed, previous), roots, weights)
    shown = snippets(found.locations, found.sources) if found.sources else ()
    commits = repo.commits(_mentioned(found.verdict, shown))
    origins = [line.origin for snippet in shown for line in snippet.lines if line.origin]
    whole, single = judge_origins(repo.path, tuple(commits.values()), origins, at=deployed)
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
        notes=found.notes,
        seconds=time.monotonic() - began,
    )


def _investigate(
    repo: Repo,
    event: Event,
    between: tuple[str, str | None],
    roots: Sequence[Root],
    weights: Weights | None,
) -> _Found:
    deployed, previous = between
    notes: list[str] = []
    if not repo.has(deployed):
        return _Found(verdict=silent(Abstention.REVISION_NOT_IN_REPOSITORY, weights))
    if not event.trace:
        return _Found(verdict=silent(Abstention.NO_FRAMES, weights))
    base = base_of(repo, deployed, previous, notes)
    locations, unmapped = locate_all(event, PathIndex(repo.files(deployed)), roots)
    notes += _left_out(unmapped)
    if not locations:
        why = silent(Abstention.NO_FRAME_IN_REPOSITORY, weights)
        return _Found(verdict=why, notes=tuple(notes))
    gathered = gather(repo, event, locations, deployed, base)
    if repo.edge:
        notes.append("the clone is shallow: commits at its edge cannot be blamed")
    return _Found(
        verdict=rank(gathered.case, weights),
        locations=locations,
        sources=gathered.sources,
        range_size=gathered.range_size,
        notes=tuple(notes),
    )


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
