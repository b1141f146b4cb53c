"""Claims about lines, summed up for the commit: one a session, with how many lines it speaks of."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from correlator.provenance.spans import count
from correlator.types import Author, Claim


@dataclass(slots=True)
class _Sum:
    strongest: Claim
    lines: int
    files: set[str]


def rolled_up(by_path: Mapping[str, tuple[Claim, ...]]) -> tuple[Claim, ...]:
    """One claim without lines for all that say the same of different lines. A person's lines get
    the role "typed", to be told from a denial. Entries that a later one overwrote are left out."""
    sums: dict[tuple[object, ...], _Sum] = {}
    for path, claims in by_path.items():
        for claim in claims:
            if claim.role != "overwritten":
                _add(sums, path, claim)
    return tuple(_as_claim(one) for one in sums.values())


def _add(sums: dict[tuple[object, ...], _Sum], path: str, claim: Claim) -> None:
    key = (
        claim.author,
        claim.mechanism,
        claim.role,
        claim.tool,
        claim.model,
        claim.session,
        claim.human,
    )
    one = sums.setdefault(key, _Sum(claim, 0, set()))
    one.lines += count(claim.lines)
    one.files.add(path)
    if claim.certainty > one.strongest.certainty:
        one.strongest = claim


def _as_claim(one: _Sum) -> Claim:
    claim = one.strongest
    lines = f"{one.lines} line{'s' * (one.lines != 1)}"
    files = f"{len(one.files)} file{'s' * (len(one.files) != 1)}"
    return replace(
        claim,
        role="typed" if claim.author is Author.HUMAN else claim.role,
        because=f"{lines} in {files}: {claim.because}",
        path=None,
        lines=(),
    )
