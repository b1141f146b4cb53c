"""Fixes and redeploy cycles as rows: what a step needs to follow an issue, and what it found.

What was found of an issue is replaced as a whole, in one transaction: it is made from rows, and
made anew whenever one of these changes.
"""

from correlator.store.cycles.courses import (
    Course,
    began_exactly,
    replace_course,
    users_until,
)
from correlator.store.cycles.inside import keep_inside, kept_inside
from correlator.store.cycles.known import Known, culprit_of, known_of
from correlator.store.cycles.lines import Ran, lines_of, service_of
from correlator.store.cycles.words import DENIED, NAMED, keep_word

__all__ = [
    "DENIED",
    "NAMED",
    "Course",
    "Known",
    "Ran",
    "began_exactly",
    "culprit_of",
    "keep_inside",
    "keep_word",
    "kept_inside",
    "known_of",
    "lines_of",
    "replace_course",
    "service_of",
    "users_until",
]
