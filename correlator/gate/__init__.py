"""The gate: changes judged before (and after) a deploy, rooms put together; needs no database."""

from correlator.gate.assembling import Assembled, Facts, assemble
from correlator.gate.judging import Asked, Judged, Judgement, judge_range
from correlator.gate.membership import members

__all__ = [
    "Asked",
    "Assembled",
    "Facts",
    "Judged",
    "Judgement",
    "assemble",
    "judge_range",
    "members",
]
