"""How what a deploy broke came to its end, by the fix attempts that were followed."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.tables import EpisodeRow, FixAttemptRow
from correlator.types import AttemptState

# An issue in an environment of a service.
Place = tuple[int, str, str]


def tried_on(session: Session, since: datetime) -> frozenset[int]:
    """Deploys since then that carried what somebody said is a fix, or went back."""
    wanted = sa.select(col(FixAttemptRow.deploy_id)).where(
        col(FixAttemptRow.at) >= since, col(FixAttemptRow.confirmed).is_(True)
    )
    return frozenset(session.execute(wanted).scalars())


def recoveries(session: Session, since: datetime) -> Mapping[Place, datetime | None]:
    """Of each issue that was tried to be mended, the first time that it was open: when the attempt
    that held was rolled out (its quiet begins there), or None while none held."""
    wanted = (
        sa.select(
            col(FixAttemptRow.issue_id),
            col(FixAttemptRow.environment),
            col(FixAttemptRow.service),
            col(FixAttemptRow.at),
            col(FixAttemptRow.state),
            col(EpisodeRow.closed_at),
        )
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
    )
    found: dict[Place, datetime | None] = {}
    for issue, environment, service, at, state, closed_at in session.execute(wanted):
        place = (issue, environment, service)
        holds = closed_at is not None and state == AttemptState.HELD
        found[place] = at if holds else found.get(place)
    return found
