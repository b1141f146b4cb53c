"""What came of a fix: attempts, their states, and the redeploys that each fix needed.

``follow`` takes all that is known of an issue on one line (an environment of a service) and says
what its episodes were. It is a function of rows alone: whatever arrives late, or twice, or in
another order, the answer is made anew and is the same.
"""

from correlator.cycles.course import follow
from correlator.cycles.judging import unknown_now
from correlator.cycles.lines import Counted, nameless, ready, unknown_since
from correlator.cycles.sights import UNMARKED
from correlator.cycles.stages import Stage, counts_most, stage_of

__all__ = [
    "UNMARKED",
    "Counted",
    "Stage",
    "counts_most",
    "follow",
    "nameless",
    "ready",
    "stage_of",
    "unknown_now",
    "unknown_since",
]
