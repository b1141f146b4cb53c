"""The policy that a repository holds at a revision, as far as it speaks of provenance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from correlator.code.contents import blobs_at, paths_touched, texts_of
from correlator.provenance import Problem
from correlator.provenance.declared import FILE, Declared, read_declared


@dataclass(frozen=True, slots=True)
class Declarations:
    """The policy, None if there is none; the paths that each commit touched, if it speaks of
    paths; and what of it could not be read."""

    policy: Declared | None = None
    touched: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def declared_at(path: Path, at: str, shas: Sequence[str], timeout: float) -> Declarations:
    """What the policy file at a revision declares."""
    blob = blobs_at(path, [(at, FILE)], timeout).get((at, FILE))
    if blob is None:
        return Declarations()
    lines = texts_of(path, [blob], timeout).get(blob)
    if lines is None:
        return Declarations(problems=(Problem(FILE, "too large, or no text"),))
    policy = read_declared("\n".join(lines))
    touched = paths_touched(path, shas, timeout) if policy.paths else {}
    return Declarations(policy, touched, tuple(Problem(FILE, why) for why in policy.problems))
