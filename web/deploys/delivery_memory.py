"""The deploys of a window and what each broke, remembered for as long as nothing moved.

Five measures and the ten lists behind them are looked at one after the other, and each goes through
every deploy and every incident. What is little is looked at anew each time. Each web process
remembers for itself.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast

from flask import current_app
from sqlmodel import Session

from correlator.store.deploys import delivered
from correlator.store.deploys.broken import Went
from web.pages import house

# From so many deploys on a window is remembered, and at most so many windows.
MUCH, MOST = 1000, 8
# What no mark shows (rows that were put right by hand) shows after so many seconds.
LATE = 60


def window(
    session: Session, asked: Mapping[str, str | int | None], length: timedelta
) -> list[Went]:
    """The deploys of this much time until now, as ``delivered.window`` tells them."""
    now = house().world.now()
    known: dict[Any, Any] = current_app.extensions.setdefault("correlator.delivered", {})
    key = (tuple(asked.items()), length)
    mark = (int(now.timestamp() // LATE), delivered.mark(session))
    kept_mark, kept = known.get(key, (None, None))
    if kept_mark == mark:
        return cast("list[Went]", kept)
    went = delivered.window(session, asked, now - length)
    if len(went) >= MUCH:
        if len(known) >= MOST:
            known.clear()
        known[key] = (mark, went)
    return went
