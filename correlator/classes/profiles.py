"""What a class is known by: the mean of its members, what they share, and how far it reaches."""

from collections import Counter
from collections.abc import Mapping, Sequence

from correlator.classes.outline import says_beyond_type
from correlator.classes.weighing import Vector, mean_of, product
from correlator.types import Outline, Placed, Profile

# Mean likeness within a class. Failures that share no more than type, ancestry and kind reach
# about 0.3 whatever they are called; what a person would call the same sort lies well above.
LIKE = 0.42
LEAST_ISSUES = 5
# Share of a class's issues that have to have something in common besides the type.
COMMON = 0.5
ENOUGH = 2
# How much better than the second class the best has to be; between two that fit, nothing is said.
MARGIN = 0.05
MOST_WEIGHTS = 100
SHOWN = 12


def shared_by(outlines: Sequence[Outline], least: float = COMMON) -> list[tuple[str, float]]:
    """Tokens that at least this share of issues have, with the share, the commonest first."""
    counts = Counter(token for one in outlines for token in set(one.tokens))
    found = [(token, count / len(outlines)) for token, count in counts.items()]
    return sorted(
        ((token, share) for token, share in found if share >= least),
        key=lambda one: (-one[1], one[0]),
    )


def is_class(outlines: Sequence[Outline]) -> bool:
    """Enough issues, and most share more than what exception it was."""
    core = core_of(outlines)
    return len(outlines) >= LEAST_ISSUES and sum(map(says_beyond_type, core)) >= ENOUGH


def core_of(outlines: Sequence[Outline]) -> tuple[str, ...]:
    """What most of them share besides the type."""
    return tuple(token for token, _ in shared_by(outlines) if says_beyond_type(token))


def profile_of(
    class_id: int, outlines: Sequence[Outline], vectors: Sequence[Vector], bar: float = LIKE
) -> Profile:
    """The profile of a class with these members (at least one).

    It reaches as far as all but the outermost tenth of its members, and never below the bar by
    more than a tenth.
    """
    mean = mean_of(vectors)
    own = sorted(product(mean, one) for one in vectors)
    heaviest = sorted(mean.items(), key=lambda one: (-one[1], one[0]))[:MOST_WEIGHTS]
    return Profile(
        class_id=class_id,
        size=len(outlines),
        weights={token: round(weight, 5) for token, weight in heaviest},
        core=core_of(outlines),
        reach=round(max(0.9 * bar, min(own[len(own) // 10], 0.6)), 4),
    )


def place(
    vector: Vector,
    profiles: Sequence[Profile],
    barred: frozenset[int] = frozenset(),
) -> Placed:
    """The class that an issue belongs to, or none where none is near or two are as near."""
    ranked = sorted(
        ((product(vector, one.weights), one) for one in profiles if one.class_id not in barred),
        key=lambda pair: (-pair[0], pair[1].class_id),
    )
    fits = [(likeness, one) for likeness, one in ranked[:8] if _belongs(vector, likeness, one)]
    if not fits:
        nearest = ranked[0][0] if ranked else 0.0
        return Placed(class_id=None, likeness=round(nearest, 3), because="no class is near enough")
    likeness, best = fits[0]
    if len(fits) > 1 and likeness - fits[1][0] < MARGIN:
        return Placed(class_id=None, likeness=round(likeness, 3), because="two classes fit as well")
    return Placed(class_id=best.class_id, likeness=round(likeness, 3), because=why(vector, best))


def why(vector: Vector, profile: Profile) -> str:
    """What an issue has in common with a class, beyond the type."""
    common = _common(vector, profile)
    if not common:
        return "is like its issues as a whole, though it shares no one thing with most of them"
    return f"shares {spoken(common)} with its issues"


def spoken(tokens: Sequence[str]) -> str:
    """Tokens for a reader: ``pricing.total``, the words “has no attribute”, and so on."""
    said = [_said(token) for token in tokens[:3]]
    return ", ".join(dict.fromkeys(said)) or "nothing"


def _said(token: str) -> str:
    aspect, _, what = token.partition(":")
    return {
        "at": f"the crash in {what}",
        "place": f"the frame {what}",
        "frame": f"the frame {what}",
        "lib": f"the library call {what}",
        "word": f"the word “{what}”",
        "name": f"the name “{what}”",
        "code": f"“{what}” in the failing line",
    }.get(aspect, what)


def _belongs(vector: Vector, likeness: float, profile: Profile) -> bool:
    return likeness >= profile.reach and any(token in vector for token in profile.core)


def _common(vector: Mapping[str, float], profile: Profile) -> list[str]:
    both = [token for token in profile.core if token in vector]
    return sorted(both, key=lambda token: (-vector[token] * profile.weights.get(token, 0.0), token))
