"""Takeovers told by content alone, without those where the commit was there before the branch.

A branch that was made on top of a commit holds its files as they are, and so looks like what the
commit took over; it is the other way round.
"""

from collections.abc import Sequence
from pathlib import Path

from correlator.code.contents import graph
from correlator.investigation.takeovers import Takeover


def apart(path: Path, found: Sequence[Takeover], timeout: float) -> tuple[Takeover, ...]:
    """Those of ``found`` that have a number or a date to show, or whose head does not reach the
    commit. One git call, none where there is nothing to ask."""
    heads = dict.fromkeys(one.head for one in found if one.sure)
    if not heads:
        return tuple(found)
    bits = {head: 1 << place for place, head in enumerate(heads)}
    reached = _reached(graph(path, heads, (), timeout), bits)
    return tuple(
        one for one in found if not one.sure or not reached.get(one.sha, 0) & bits[one.head]
    )


def _reached(parents: dict[str, tuple[str, ...]], bits: dict[str, int]) -> dict[str, int]:
    """Which heads reach each commit, one bit a head. ``parents`` lists children first."""
    reached = dict(bits)
    for sha, above in parents.items():
        mask = reached.get(sha, 0)
        for parent in above:
            reached[parent] = reached.get(parent, 0) | mask
    return reached
