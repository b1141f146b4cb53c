"""Releases that events name and no deploy does: mostly the same one under two names."""

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.intake.tallies import hour_of
from correlator.store.tables import DeployRow, ExposureRow, IssueRow, TallyRow

SHOWN = 3


def unnamed_releases(session: Session, deploy: DeployRow) -> list[str]:
    """Those that sent something to the deploy's environment since it went out."""
    named = select(DeployRow.release).where(DeployRow.project_id == deploy.project_id)
    since = hour_of(deploy.at)
    used = sa.select(col(ExposureRow.release)).where(
        col(ExposureRow.project_id) == deploy.project_id,
        col(ExposureRow.environment) == deploy.environment,
        col(ExposureRow.hour) >= since,
        col(ExposureRow.release).not_in(named),
    )
    failed = (
        sa.select(col(TallyRow.release))
        .join(IssueRow, col(IssueRow.id) == col(TallyRow.issue_id))
        .where(
            col(IssueRow.project_id) == deploy.project_id,
            col(IssueRow.last_seen) >= since,
            col(TallyRow.environment) == deploy.environment,
            col(TallyRow.hour) >= since,
            col(TallyRow.release).not_in(named),
        )
    )
    found = [
        session.execute(asked.distinct().limit(SHOWN + 1)).scalars() for asked in (used, failed)
    ]
    return sorted({release for some in found for release in some if release})[:SHOWN]
