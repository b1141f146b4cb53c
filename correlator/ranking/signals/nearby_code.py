"""Changes beside the files of the trace, by how much of the folders' path they share."""

from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal

PATHS = 40


@signal("nearby-code")
def nearby_code(case: Case, candidate: Candidate) -> Finding | None:
    """It changed code in, or close to, a folder that the trace goes through."""
    best, where = 0.0, ""
    traced = {tuple(place.path.split("/")[:-1]) for place in case.places}
    for path in sorted(candidate.paths)[:PATHS]:
        folder = path.split("/")[:-1]
        for other in traced:
            share = _shared(folder, other)
            if share > best:
                best, where = share, "/".join(folder)
    return Finding(best, f"it changed code in {where or 'the root'}/") if best else None


def _shared(one: list[str], other: tuple[str, ...]) -> float:
    if not one and not other:
        return 1.0
    same = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        same += 1
    return 2 * same / max(1, len(one) + len(other))
