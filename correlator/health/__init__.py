"""How a deploy fares beside the one before it: fine, worse, or too early to say."""

from correlator.health.judging import CANNOT_TELL, FIRST_DAY, decide, fare, judge
from correlator.health.sides import BEFORE, compare

__all__ = ["BEFORE", "CANNOT_TELL", "FIRST_DAY", "compare", "decide", "fare", "judge"]
