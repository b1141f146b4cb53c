"""A refit: clusters found anew, matched with the classes there were, and the model made of them.

Only ids and tokens go in; the same outlines, standing and lessons give the same refit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from correlator.classes.clustering import clusters_of
from correlator.classes.matching import Settled, settle
from correlator.classes.model import Model, rows_hash
from correlator.classes.naming import default_name, sentence
from correlator.classes.profiles import is_class, profile_of, shared_by, why
from correlator.classes.weighing import Vector, mean_of, product, rarity, vector_of
from correlator.types import Outline, Taught

# Tokens that only one issue has weigh as the rarest anyhow; of the others so many are kept.
MOST_TOKENS = 80_000
SHOWN = 40


@dataclass(frozen=True, slots=True)
class Known:
    """What can be said of a class from its members: a default name, what they share."""

    name: str
    sentence: str
    shared: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Refit:
    """Who is in which class (new ones are below zero), and all that a model is made of."""

    settled: Settled
    outlines: Mapping[int, Outline]
    vectors: Mapping[int, Vector]
    rarity: Mapping[str, float]
    rows: str
    metrics: Mapping[str, Any]

    def members(self) -> dict[int, list[int]]:
        """Issues by class, ascending."""
        found: dict[int, list[int]] = {}
        for issue, of in sorted(self.settled.members.items()):
            found.setdefault(of, []).append(issue)
        return found

    def likeness(self) -> dict[int, float]:
        """How like the rest of its class each issue is, on average."""
        found: dict[int, float] = {}
        for issues in self.members().values():
            mean = mean_of([self.vectors[one] for one in issues])
            found.update((one, product(self.vectors[one], mean)) for one in issues)
        return found

    def reasons(self, model: Model) -> dict[int, str]:
        """Why each issue is in its class, in a few words."""
        profiles = {one.class_id: one for one in model.profiles}
        return {
            issue: why(self.vectors[issue], profiles[of])
            for issue, of in self.settled.members.items()
        }

    def known(self, issues: Sequence[int]) -> Known:
        """What these issues have in common, for a reader."""
        outlines = [self.outlines[one] for one in issues]
        return Known(default_name(outlines), sentence(outlines), tuple(shared_by(outlines)[:SHOWN]))

    def model(self) -> Model:
        """The model; new classes go by their number below zero until ``with_ids`` names them."""
        profiles = tuple(
            profile_of(
                of,
                [self.outlines[one] for one in issues],
                [self.vectors[one] for one in issues],
            )
            for of, issues in sorted(self.members().items())
        )
        return Model(
            rarity=self.rarity,
            rarest=_rarest(len(self.outlines)),
            profiles=profiles,
            rows=self.rows,
            metrics=self.metrics,
        )


def with_ids(model: Model, ids: Mapping[int, int]) -> Model:
    """The model with the id of each class in place of its number."""
    profiles = (replace(one, class_id=ids[one.class_id]) for one in model.profiles)
    return replace(model, profiles=tuple(profiles))


def refit(outlines: Sequence[Outline], before: Mapping[int, int], taught: Taught) -> Refit:
    """Find the classes of these issues anew. ``before``: the class that each is in by now."""
    ordered = sorted(outlines, key=lambda one: one.issue_id)
    rare = _kept(rarity([one.tokens for one in ordered], least=2))
    rarest = _rarest(len(ordered))
    by_id = {one.issue_id: one for one in ordered}
    vectors = {one.issue_id: vector_of(one.tokens, rare, rarest) for one in ordered}
    clusters = [
        [ordered[at].issue_id for at in cluster]
        for cluster in clusters_of([vectors[one.issue_id] for one in ordered])
    ]
    real = [one for one in clusters if is_class([by_id[issue] for issue in one])]
    settled = settle(real, vectors, before, taught)
    _drop_what_is_no_class(settled, by_id)
    kept = sum(settled.members.get(one) == of for one, of in before.items())
    metrics = {
        "issues": len(ordered),
        "in_a_class": len(settled.members),
        "classes": len(set(settled.members.values())),
        "clusters": len(real),
        "kept_their_class": round(kept / len(before), 4) if before else None,
    }
    return Refit(settled, by_id, vectors, rare, rows_hash(ordered, taught), metrics)


def _drop_what_is_no_class(settled: Settled, outlines: Mapping[int, Outline]) -> None:
    """A new class has to be one by itself: what was left of its cluster may not be."""
    for number in [*settled.born, *settled.split_from]:
        mine = [issue for issue, of in settled.members.items() if of == number]
        if is_class([outlines[issue] for issue in mine]):
            continue
        back = settled.split_from.pop(number, None)
        if number in settled.born:
            settled.born.remove(number)
        for issue in mine:
            if back is None:
                del settled.members[issue]
            else:
                settled.members[issue] = back


def _kept(rare: Mapping[str, float]) -> dict[str, float]:
    commonest = sorted(rare.items(), key=lambda one: (one[1], one[0]))[:MOST_TOKENS]
    return dict(commonest)


def _rarest(count: int) -> float:
    """What a token weighs that one issue has."""
    return max(rarity([()] * (count - 1) + [("x:x",)]).values(), default=1.0) if count else 1.0
