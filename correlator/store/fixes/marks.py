"""How far the mending of an issue is, in the four words that a list of issues needs.

The page of an issue tells each attempt; whoever goes through a list only asks what is mended, what
has to be waited for, what has to be done again, and what nobody has tried.
"""

import sqlalchemy as sa
from sqlmodel import col

from correlator.store.tables import FollowedRow, IssueRow
from correlator.types import AttemptState

HELD, WAITING, FAILED, NONE = "held", "waiting", "failed", "none"
MARKS = (HELD, WAITING, FAILED, NONE)
_WAITING = (AttemptState.TOO_EARLY, AttemptState.UNEXERCISED, AttemptState.NEVER_DEPLOYED)
_FAILED = (AttemptState.CAME_BACK, AttemptState.REDUCED)


def mark_of(row: FollowedRow | None) -> str:
    """The word for one issue. ``none``: no fix is in force, whether or not one ever was."""
    if row is None:
        return NONE
    if row.state == AttemptState.HELD and not row.is_open:
        return HELD
    if row.state in _WAITING:
        return WAITING
    return FAILED if row.state in _FAILED or (not row.state and row.regressions) else NONE


def is_marked(mark: str) -> sa.ColumnElement[bool]:
    """That an issue has this mark; of what is no mark, no issue."""
    if mark == NONE:
        marked = sa.or_(*(_rows(one) for one in MARKS if one != NONE))
        return ~col(IssueRow.id).in_(sa.select(col(FollowedRow.issue_id)).where(marked))
    if mark not in MARKS:
        return sa.false()
    return col(IssueRow.id).in_(sa.select(col(FollowedRow.issue_id)).where(_rows(mark)))


def _rows(mark: str) -> sa.ColumnElement[bool]:
    state = col(FollowedRow.state)
    if mark == HELD:
        return sa.and_(state == AttemptState.HELD.value, ~col(FollowedRow.is_open))
    if mark == WAITING:
        return state.in_([one.value for one in _WAITING])
    came_back = sa.and_(state == "", col(FollowedRow.regressions) > 0)
    return sa.or_(state.in_([one.value for one in _FAILED]), came_back)
