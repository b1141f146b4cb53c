"""Looks at an old case again, as it was: the facts behind a verdict that people have judged since.

The same code as an investigation's, on the revision that was deployed then: what has been learnt,
fixed or reverted since lies behind that revision and is not seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from correlator.code.paths import PathIndex, Root, locate_all
from correlator.code.repo import Repo
from correlator.investigation.explaining import base_of
from correlator.investigation.gathering import gather
from correlator.ranking.dispatch import Function
from correlator.ranking.rank import findings
from correlator.types import Event


@dataclass(frozen=True, slots=True)
class Retraced:
    """The candidates of a case, and how strongly each signal (by name, 0 to 1) spoke of each."""

    shas: tuple[str, ...]
    strengths: tuple[dict[str, float], ...]


def retrace(
    repo: Repo,
    event: Event,
    *,
    deployed: str,
    previous: str | None,
    roots: Sequence[Root] = (),
    common: frozenset[Function] = frozenset(),
) -> Retraced | None:
    """What an investigation would gather; None where there is nothing to rank any more.

    Raises Transient where git takes too long, Permanent where it cannot answer.
    """
    if not repo.has(deployed) or not event.trace:
        return None
    locations, _ = locate_all(event, PathIndex(repo.files(deployed)), roots)
    if not locations:
        return None
    base = base_of(repo, deployed, previous, [])
    case = replace(gather(repo, event, locations, deployed, base).case, common=common)
    return Retraced(
        shas=tuple(one.commit.sha for one in case.candidates),
        strengths=tuple(
            {name: found.strength for name, found in findings(case, one).items()}
            for one in case.candidates
        ),
    )
