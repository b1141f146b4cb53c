"""How what a deploy broke came to its end, by the fix attempts that were followed."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.tables import EpisodeRow, FixAttemptRow
from correlator.types import AttemptState


def tried_on(session: Session, since: datetime) -> frozenset[int]:
    """Deploys since then that carried what somebody said is a fix, or went back."""
    wanted = sa.select(col(FixAttemptRow.deploy_id)).where(
        col(FixAttemptRow.at) >= since, col(FixAttemptRow.confirmed).is_(True)
    )
    return frozenset(session.connection().execute(wanted.distinct()).scalars())


def recoveries(since: datetime) -> sa.Subquery:
    """A query: of each ``issue_id`` in an ``environment`` of a ``service`` that was tried to be
    mended, the first time that it was open, ``ended``: when the attempt that held was rolled out
    (its quiet begins there), or null while none held."""
    attempt, episode = FixAttemptRow, EpisodeRow
    place: list[Any] = [col(attempt.issue_id), col(attempt.environment), col(attempt.service)]
    held = sa.and_(
        col(attempt.state) == AttemptState.HELD.value, col(episode.closed_at).is_not(None)
    )
    # Joined with what is over alone: a quarter of all.
    over = sa.and_(
        col(episode.issue_id) == col(attempt.issue_id),
        col(episode.environment) == col(attempt.environment),
        col(episode.service) == col(attempt.service),
        col(episode.place) == 1,
        col(episode.closed_at).is_not(None),
    )
    return (
        sa.select(*place, sa.func.max(sa.case((held, col(attempt.at)))).label("ended"))
        .outerjoin(episode, over)
        .where(col(attempt.episode) == 1, col(attempt.at) >= since)
        .where(col(attempt.confirmed).is_(True))
        .group_by(*place)
        .subquery()
    )
