"""The two special functions that all the exact intervals stand on, and how they are turned around.

Source of both expansions: Abramowitz and Stegun, Handbook of Mathematical Functions, 6.5 and 26.5;
the continued fraction is evaluated by Lentz's method.
"""

from collections.abc import Callable
from functools import lru_cache
from math import exp, inf, lgamma, log, log1p, sqrt
from statistics import NormalDist

NORMAL = NormalDist()
TINY = 1e-300
PRECISION = 1e-15
MOST_TERMS = 20_000


def beta_below(x: float, a: float, b: float) -> float:
    """P(X <= x) for X ~ Beta(a, b), a and b > 0: the regularised incomplete beta function."""
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    front = exp(a * log(x) + b * log1p(-x) + lgamma(a + b) - lgamma(a) - lgamma(b))
    if x < (a + 1) / (a + b + 2):
        return front * _beta_fraction(x, a, b) / a
    return 1.0 - front * _beta_fraction(1.0 - x, b, a) / b


def beta_at(share: float, a: float, b: float) -> float:
    """The x below which ``share`` of Beta(a, b) lies."""
    return root(lambda x: beta_below(x, a, b) - share, 0.0, 1.0)


@lru_cache(maxsize=1024)
def student_t(freedom: int, level: float) -> float:
    """Student's t at a level, both sides, with that many degrees of freedom."""
    share = beta_at(1 - level, freedom / 2, 0.5)
    return sqrt(freedom * (1 - share) / share)


def gamma_below(x: float, shape: float) -> float:
    """P(X <= x) for X ~ Gamma(shape, 1), shape > 0."""
    if x <= 0.0:
        return 0.0
    front = exp(shape * log(x) - x - lgamma(shape))
    if x < shape + 1:
        return front * _gamma_series(x, shape)
    return 1.0 - front * _gamma_fraction(x, shape)


def gamma_at(share: float, shape: float) -> float:
    """The x below which ``share`` of Gamma(shape, 1) lies."""
    high = shape + 1.0
    while gamma_below(high, shape) < share:
        high *= 2
    return root(lambda x: gamma_below(x, shape) - share, 0.0, high)


def chi_square_above(x: float, degrees: int) -> float:
    """P(X > x) for X ~ chi-square with that many degrees of freedom."""
    return 1.0 - gamma_below(x / 2, degrees / 2)


def binomial_at(hits: int, of: int, share: float) -> float:
    """P(X = hits) for X ~ Binomial(of, share)."""
    if share <= 0.0 or share >= 1.0:
        return float(hits == (of if share >= 1.0 else 0))
    ways = lgamma(of + 1) - lgamma(hits + 1) - lgamma(of - hits + 1)
    return exp(ways + hits * log(share) + (of - hits) * log1p(-share))


def binomial_below(hits: int, of: int, share: float) -> float:
    """P(X <= hits) for X ~ Binomial(of, share)."""
    if hits < 0:
        return 0.0
    return 1.0 if hits >= of else 1.0 - beta_below(share, hits + 1, of - hits)


def binomial_from(hits: int, of: int, share: float) -> float:
    """P(X >= hits) for X ~ Binomial(of, share)."""
    if hits <= 0:
        return 1.0
    return 0.0 if hits > of else beta_below(share, hits, of - hits + 1)


def root(rises: Callable[[float], float], low: float, high: float) -> float:
    """Where a function that rises from below 0 to above it crosses, as exact as a float can say."""
    while True:
        middle = (low + high) / 2
        if high - low <= middle * PRECISION or middle in (low, high):
            return middle
        if rises(middle) < 0:
            low = middle
        else:
            high = middle


def _beta_fraction(x: float, a: float, b: float) -> float:
    c, d = 1.0, 1.0 / _off_zero(1.0 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, MOST_TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d, c = 1.0 / _off_zero(1.0 + even * d), _off_zero(1.0 + even / c)
        value *= d * c
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d, c = 1.0 / _off_zero(1.0 + odd * d), _off_zero(1.0 + odd / c)
        value *= d * c
        if abs(d * c - 1.0) < PRECISION:
            break
    return value


def _gamma_series(x: float, shape: float) -> float:
    term = total = 1.0 / shape
    for n in range(1, MOST_TERMS):
        term *= x / (shape + n)
        total += term
        if term < total * PRECISION:
            break
    return total


def _gamma_fraction(x: float, shape: float) -> float:
    b = x + 1.0 - shape
    c, d = inf, 1.0 / b
    value = d
    for n in range(1, MOST_TERMS):
        a = -n * (n - shape)
        b += 2.0
        d, c = 1.0 / _off_zero(a * d + b), _off_zero(b + a / c)
        value *= d * c
        if abs(d * c - 1.0) < PRECISION:
            break
    return value


def _off_zero(number: float) -> float:
    return number if abs(number) > TINY else TINY
