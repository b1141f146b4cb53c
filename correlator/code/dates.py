"""Dates as people give them to git, refused where git would take them for now.

git's own reader never fails: of ``nonsense`` it makes this very moment, and a log since then is
empty, which reads as an answer. So every word has to be one that git knows (``date.c``,
``approxidate_alpha`` and ``match_string``, which takes three letters of a name for all of it).
"""

import re
from datetime import date

from correlator.errors import Permanent

LONGEST = 80
_WORD = re.compile(r"[A-Za-z]{1,40}")
_DAY = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
_NAMES = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december", "sunday", "monday", "tuesday", "wednesday", "thursday",
    "friday", "saturday",
)  # fmt: skip
_UNITS = ("second", "minute", "hour", "day", "week", "month", "year")
_MOMENTS = frozenset(("now", "today", "yesterday", "midnight", "noon", "tea", "never"))
_OTHERS = frozenset(
    ("ago", "last", "at", "on", "the", "of", "am", "pm", "t", "z", "utc", "gmt", "th", "st", "nd",
     "rd", "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
)  # fmt: skip


def a_date(text: str) -> str:
    """The text, if git reads a date in it; else Permanent."""
    words = [word.lower() for word in _WORD.findall(text)]
    says = any(char.isdigit() for char in text) or any(_says(word) for word in words)
    known = all(_says(word) or word in _OTHERS for word in words)
    if not says or not known or len(text) > LONGEST or not _days_exist(text):
        raise Permanent(
            f"{text[:LONGEST]!r} is no date. Write it as 2026-06-01, as 2026-06-01T12:00:00Z, or as"
            " '2 weeks ago'."
        )
    return text


def _says(word: str) -> bool:
    """Whether the word alone speaks of a time."""
    if word in _MOMENTS or word.removesuffix("s") in _UNITS:
        return True
    return len(word) > 2 and any(name.startswith(word) for name in _NAMES)


def _days_exist(text: str) -> bool:
    for year, month, day in _DAY.findall(text):
        try:
            date(int(year), int(month), int(day))
        except ValueError:
            return False
    return True
