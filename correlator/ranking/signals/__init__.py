"""Signals: one small file each. A signal looks at a case and one candidate, never at another
signal, and says how strongly it speaks (0 to 1) and why; weights are kept apart, fitted."""

from collections.abc import Callable
from dataclasses import dataclass

from correlator.ranking.case import Candidate, Case
from correlator.registry import Registry


@dataclass(frozen=True, slots=True)
class Finding:
    """What a signal found: strength 0 to 1, a sentence for the reader, and where to look."""

    strength: float
    because: str
    path: str | None = None
    line: int | None = None


Signal = Callable[[Case, Candidate], Finding | None]
SIGNALS: Registry[Signal] = Registry("signal")
signal = SIGNALS.named
