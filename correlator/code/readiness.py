"""Whether a mirror was made ready for verdicts as it is now: a wake-up may have been lost, and a
mirror that was made at the command line woke nobody.

Ready is as far as it can be: files that take git too long stay for the verdict that needs them.
"""

from pathlib import Path

from correlator.code.fact_store import FactStore
from correlator.code.news import branch_head
from correlator.code.patch_upkeep import patches_beside

_QUESTION = "ready"


def is_ready(mirror: Path, timeout: float) -> bool:
    """Whether it was at the newest commit of its default branch; a mirror without one is."""
    head = branch_head(mirror, timeout)
    return head is None or FactStore(patches_beside(mirror)).get(_QUESTION, [head]) != {}


def got_no_further(mirror: Path, head: str, done: int) -> bool:
    """Whether a slice of this commit came to the same number before; noted if not."""
    slices, question = FactStore(patches_beside(mirror)), f"{_QUESTION}: {done}"
    if slices.get(question, [head]):
        return True
    slices.put(question, {head: True})
    return False


def note_ready(mirror: Path, head: str) -> None:
    """It is, at this commit."""
    FactStore(patches_beside(mirror)).put(_QUESTION, {head: True})
