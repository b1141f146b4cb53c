"""Two rates compared while one of them still runs, safe however often somebody looks.

Exposure is cut into epochs that each last a quarter longer than all before. Within an epoch the
count can only grow; so 'some moment of it looked worse than the bound' means that its end did, and
'some moment looked better' that its start did. One exact binomial bound per epoch, at that end or
start, with a share of the error that sums to the whole over all epochs, therefore holds at every
moment at once. It costs a little power and needs no approximation. (A union of exact tests, as in
Howard, Ramdas, McAuliffe and Sekhon 2021, 'stitching'; the conditional test is that of ``ratios``.)
"""

from enum import StrEnum
from math import floor, inf, log

from correlator.statistics.functions import beta_at, binomial_below, binomial_from, gamma_below
from correlator.statistics.intervals import Interval

GROWTH = 1.25
ERROR = 0.05
# The new rate is fine when it is surely below this many times the old one.
MARGIN = 2.0
# How many epochs the error is mostly kept for.
LATE = 20
# Fewer events than this are never called worse.
FEWEST_EVENTS = 3


class Health(StrEnum):
    """How the running side compares."""

    WORSE = "worse"
    FINE = "fine"
    TOO_EARLY = "too-early"


def worse_as_it_runs(
    new: int, new_exposure: float, old: int, old_exposure: float, *, unit: float
) -> bool:
    """Whether ``new`` events in ``new_exposure`` so far are surely a higher rate than ``old`` in
    all of ``old_exposure``.

    ``unit``: the exposure at which the first epoch begins (say, a hundred calls, or a minute); it
    must not depend on what was counted. Before it nothing is said.
    """
    if new_exposure < unit or new < FEWEST_EVENTS:
        return False
    epoch = _epoch(new_exposure, unit)
    end = unit * GROWTH ** (epoch + 1)
    return binomial_from(new, new + old, end / (end + old_exposure)) <= _share_of_error(epoch)


def fine_as_it_runs(
    new: int, new_exposure: float, old: int, old_exposure: float, *, unit: float
) -> bool:
    """Whether the new rate is surely below ``MARGIN`` times the old one; else as above."""
    return new_exposure >= unit and _fine_in(
        _epoch(new_exposure, unit), new, old, old_exposure, unit
    )


def exposure_until_fine(
    new: int, new_exposure: float, old: int, old_exposure: float, *, unit: float
) -> float:
    """The exposure at which it would be fine if no further event came; infinite if at none that is
    within reason (a million times what it has)."""
    first = _epoch(new_exposure, unit) + 1 if new_exposure >= unit else 0
    for epoch in range(first, first + 62):
        if _fine_in(epoch, new, old, old_exposure, unit):
            return unit * GROWTH**epoch
    return inf


def bounds_as_it_runs(
    new: int,
    new_exposure: float,
    old: int,
    old_exposure: float,
    *,
    unit: float,
    error: float = ERROR,
) -> Interval:
    """Between what the ratio of the new rate over the old one lies, whenever somebody looks.

    Each bound is wrong in ``error`` of cases at the most. With 5% they are those that decide: worse
    is said when the lower one is above 1, fine when the upper one is below the margin.
    """
    if new_exposure < unit or old_exposure <= 0:
        return Interval(0.0, inf)
    epoch = _epoch(new_exposure, unit)
    share, start = _share_of_error(epoch, error), unit * GROWTH**epoch
    low = beta_at(share, new, old + 1) if new else 0.0
    high = beta_at(1 - share, new + 1, old) if old else 1.0
    top = inf if high >= 1 else high / (1 - high) * old_exposure / start
    return Interval(low / (1 - low) * old_exposure / (start * GROWTH) if low < 1 else inf, top)


def surely_below(new: int, new_exposure: float, rate: float, *, unit: float) -> bool:
    """Whether the rate is surely below a given one, with the same error over all looks (Poisson,
    at the start of each epoch)."""
    if new_exposure < unit:
        return False
    epoch = _epoch(new_exposure, unit)
    return 1 - gamma_below(unit * GROWTH**epoch * rate, new + 1) <= _share_of_error(epoch)


def exposure_until_below(new: int, rate: float, *, unit: float) -> float:
    """The exposure at which ``surely_below`` would hold, if no further event came."""
    epoch = 0
    while not surely_below(new, unit * GROWTH**epoch, rate, unit=unit):
        epoch += 1
    return unit * GROWTH**epoch


def _share_of_error(epoch: int, error: float = ERROR) -> float:
    """error * a / ((k+a)(k+a+1)): these sum to the error over k = 0, 1, 2, ... With an a of 20 most
    of it is left for the epochs in which so much has been counted that something can be told."""
    return error * LATE / ((epoch + LATE) * (epoch + LATE + 1))


def _epoch(exposure: float, unit: float) -> int:
    return floor(log(exposure / unit, GROWTH) + 1e-9)


def _fine_in(epoch: int, new: int, old: int, old_exposure: float, unit: float) -> bool:
    """Whether a rate at the margin would surely have given more; the old exposure is cut by it."""
    exposure = unit * GROWTH**epoch
    share = exposure / (exposure + old_exposure / MARGIN)
    return binomial_below(new, new + old, share) <= _share_of_error(epoch)
