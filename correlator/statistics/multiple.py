"""Many comparisons at once: some look striking by chance alone."""

from collections.abc import Sequence


def benjamini_hochberg(chances: Sequence[float]) -> list[float]:
    """Each p-value adjusted so that, of those below a level, that share at most is by chance.

    In the order given. Source: Benjamini and Hochberg 1995.
    """
    order = sorted(range(len(chances)), key=lambda place: chances[place], reverse=True)
    adjusted, least = [1.0] * len(chances), 1.0
    for after, place in enumerate(order):
        least = min(least, chances[place] * len(chances) / (len(chances) - after))
        adjusted[place] = least
    return adjusted
