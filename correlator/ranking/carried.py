"""Frames that only carry a statement to the database that refuses it.

They stand between the failure and the code that composed the statement, and stand there in every
such failure of a project. Locals tell them: the statement is in their hands already.
"""

from collections.abc import Sequence

from correlator.types import Event, Frame

# Shorter texts are equal by chance.
SHORTEST = 12


def carriers(event: Event) -> frozenset[tuple[int, int]]:
    """(chain, depth) of the frames between the failure and the outermost that holds what the
    innermost was handed; empty where no locals tell."""
    traces = [raised.frames for raised in reversed(event.exceptions) if raised.frames]
    return frozenset(
        (chain, depth)
        for chain, frames in enumerate(traces or [event.frames])
        for depth in range(_outermost([_texts(frame) for frame in reversed(frames)]))
    )


def _outermost(held: Sequence[frozenset[str]]) -> int:
    """Depth of the outermost frame that holds the longest text of the innermost; 0 if none does."""
    first = next((at for at, texts in enumerate(held) if texts), None)
    if first is None:
        return 0
    for text in sorted(held[first], key=len, reverse=True)[:1]:
        return max(at for at, texts in enumerate(held) if text in texts)
    return 0


def _texts(frame: Frame) -> frozenset[str]:
    """Long texts among the locals: as the SDK shows them, in quotes."""
    values = (value for value in frame.variables.values() if isinstance(value, str))
    return frozenset(v for v in values if len(v) >= SHORTEST and v[:1] in "'\"")
