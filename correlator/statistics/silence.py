"""How surprising it would be to hear nothing, had nothing changed.

A rate seen as n events in exposure T0 is a gamma posterior (Jeffreys prior, shape n + 1/2); the
chance of none in a further T1 is then (T0 / (T0 + T1)) ** (n + 1/2). It can only fall with T1, so
looking again and again is safe.
"""

CERTAIN_ENOUGH = 0.05


def chance_of_silence(events: float, before: float, after: float) -> float:
    """The chance of no event in exposure ``after``, from ``events`` in exposure ``before``.

    Both exposures in one unit, ``before`` above 0. With no exposure after, the chance is 1.
    """
    if before <= 0:
        raise ValueError("The time before needs an exposure above 0.")
    return float((before / (before + max(after, 0.0))) ** (events + 0.5))


def exposure_needed(events: float, before: float, level: float = CERTAIN_ENOUGH) -> float:
    """The silent exposure after which the chance of it is down to ``level``."""
    if before <= 0:
        raise ValueError("The time before needs an exposure above 0.")
    return float(before * (level ** (-1 / (events + 0.5)) - 1))
