"""One claim per tool, role, model and place: a squash repeats what its commits said."""

from collections.abc import Iterable

from correlator.types import Claim


def once(claims: Iterable[Claim]) -> tuple[Claim, ...]:
    """The strongest claim of each (tool, role, model); a claim without a model gives way to one
    of the same tool and role that names it, which then is as certain as the stronger of the two.
    """
    best: dict[tuple[str | None, str, str | None], Claim] = {}
    for claim in claims:
        key = (claim.tool, claim.role, claim.model)
        if key not in best or claim.certainty > best[key].certainty:
            best[key] = claim
    with_model = {key[:2] for key in best if key[2]}
    return tuple(claim for key, claim in best.items() if key[2] or key[:2] not in with_model)
