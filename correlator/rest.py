"""How long work that is done over and over rests: the longer, the longer it took.

So it costs half a percent of one core at most, however large an installation grows, and what it
makes is as new as that allows.
"""

from datetime import datetime, timedelta

TIMES = 200


def has_rested(
    now: datetime, last: datetime, seconds: float, *, often: timedelta, seldom: timedelta
) -> bool:
    """Whether it is time again for what was done ``last`` and took so many seconds: after 200
    times as long, but no more ``often`` and no more ``seldom`` than that."""
    return now - last >= max(often, min(seldom, TIMES * timedelta(seconds=seconds)))
