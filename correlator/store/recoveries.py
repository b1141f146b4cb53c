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
    return frozenset(session.execute(wanted.distinct()).scalars())


def recoveries(since: datetime) -> sa.Subquery:
    """A query: of each ``issue_id`` in an ``environment`` of a ``service`` that was tried to be
    mended, the first time that it was open, ``ended``: when the attempt that held was rolled out
    (its quiet begins there), or null while none held."""
    holds = sa.and_(
        col(FixAttemptRow.state) == AttemptState.HELD.value, col(EpisodeRow.closed_at).is_not(None)
    )
    place: list[Any] = [
        col(FixAttemptRow.issue_id), col(FixAttemptRow.environment), col(FixAttemptRow.service)
    ]  # fmt: skip
    return (
        sa.select(*place, sa.func.max(sa.case((holds, col(FixAttemptRow.at)))).label("ended"))
        .join(
            EpisodeRow,
            sa.and_(
                col(EpisodeRow.issue_id) == col(FixAttemptRow.issue_id),
                col(EpisodeRow.environment) == col(FixAttemptRow.environment),
                col(EpisodeRow.service) == col(FixAttemptRow.service),
                col(EpisodeRow.place) == col(FixAttemptRow.episode),
            ),
        )
        .where(col(EpisodeRow.place) == 1, col(FixAttemptRow.at) >= since)
        .where(col(FixAttemptRow.confirmed).is_(True))
        .group_by(*place)
        .subquery()
    )
