"""AI and human, compared honestly: what became of deployed changes, told apart by what they were.

Pure: change records in, counts with intervals out. What a change is blamed for is a probability
and stays one; what nobody knows stands beside every ratio; a word is said only where all ways of
counting agree. Nothing here says why: changes differ in more than who wrote them.
"""

from correlator.comparison.arms import ELSEWHERE, UNKNOWN, By, arm_of, size_of
from correlator.comparison.bodies import body_of
from correlator.comparison.bundling import bundle
from correlator.comparison.comparing import Comparison, Versus, compare
from correlator.comparison.counting import (
    FOLLOWED_DAYS,
    SURE,
    Counted,
    Rate,
    Unit,
    is_ripe,
    needed_fix,
)
from correlator.comparison.power import SOUGHT, changes_needed
from correlator.comparison.ratios import Ratio
from correlator.comparison.summing import Arm, bin_of
from correlator.comparison.unknown import Bounds
from correlator.comparison.wording import Word

__all__ = [
    "ELSEWHERE",
    "FOLLOWED_DAYS",
    "SOUGHT",
    "SURE",
    "UNKNOWN",
    "Arm",
    "Bounds",
    "By",
    "Comparison",
    "Counted",
    "Rate",
    "Ratio",
    "Unit",
    "Versus",
    "Word",
    "arm_of",
    "bin_of",
    "body_of",
    "bundle",
    "changes_needed",
    "compare",
    "is_ripe",
    "needed_fix",
    "size_of",
]
