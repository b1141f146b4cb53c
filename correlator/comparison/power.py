"""How many changes it takes before anything may be said."""

from math import ceil, log

from correlator.statistics.functions import NORMAL

# The ratio that one public figure claims; a smaller one needs far more.
SOUGHT = 1.7
POWER = 0.8
LEVEL = 0.05


def changes_needed(rate: float, sought: float = SOUGHT, spread: float = 1.0) -> int | None:
    """Changes in each of two equal arms to see a true ratio with 80% power, two-sided at 5%.

    ``rate``: incidents per change of the arm that is compared with; ``spread``: variance over mean
    where incidents come together. None without a rate. Source: the variance of the logarithm of a
    ratio of two Poisson counts, 1/a + 1/b (Rothman, Greenland and Lash, Modern Epidemiology).
    """
    if rate <= 0:
        return None
    z = NORMAL.inv_cdf(1 - LEVEL / 2) + NORMAL.inv_cdf(POWER)
    return ceil(max(spread, 1.0) * z**2 * (1 / rate + 1 / (rate * sought)) / log(sought) ** 2)
