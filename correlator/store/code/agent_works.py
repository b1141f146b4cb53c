"""What agents' own services told of their work: kept once, whatever is repeated."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from correlator.store.tables import AgentWorkRow
from correlator.store.upsert import insert_into
from correlator.types import AgentWork

MOST = 5000


def keep_agent_work(session: Session, project_id: int, work: AgentWork) -> None:
    """Keep what was told; the first word stands."""
    values = {
        "project_id": project_id,
        "tool": work.tool,
        "run": work.run,
        "repository": work.repository,
        "what": f"#{work.number}" if work.number is not None else work.branch or "",
        "number": work.number,
        "branch": work.branch,
        "sentry_issue": work.sentry_issue,
        "at": work.at,
    }
    session.execute(insert_into(session, AgentWorkRow).values(**values).on_conflict_do_nothing())


def works_of(session: Session, project_ids: Sequence[int]) -> tuple[AgentWork, ...]:
    """What was told of the projects' repositories, the newest first."""
    wanted = (
        select(AgentWorkRow)
        .where(col(AgentWorkRow.project_id).in_(project_ids))
        .order_by(col(AgentWorkRow.at).desc(), col(AgentWorkRow.id))
        .limit(MOST)
    )
    return tuple(
        AgentWork(
            tool=row.tool,
            run=row.run,
            repository=row.repository,
            at=row.at,
            number=row.number,
            branch=row.branch,
            sentry_issue=row.sentry_issue,
        )
        for row in session.exec(wanted)
    )
