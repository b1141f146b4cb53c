"""Which functions the traces of a project's earlier issues go through, as their verdicts located
them."""

from datetime import timedelta

from sqlmodel import Session, col, select

from correlator.store.tables import IssueRow, VerdictRow

MOST_ISSUES = 200
# What began together may have one cause: issues of the same deploy say nothing of the function
# that broke them all. A day keeps most of these out, and is the same however late one asks.
EARLIER = timedelta(days=1)


def earlier_traces(session: Session, issue: IssueRow) -> list[frozenset[tuple[str, str]]]:
    """Of each of the newest 200 issues of the project that began a day or more before this one:
    (path, function as the event names it) of its located frames."""
    wanted = (
        select(VerdictRow.locations)
        .join(IssueRow, col(IssueRow.verdict_id) == VerdictRow.id)
        .where(
            IssueRow.project_id == issue.project_id,
            # One failure counts once, however many issues it was before somebody merged them.
            col(IssueRow.merged_into).is_(None),
            col(IssueRow.first_seen) < issue.first_seen - EARLIER,
        )
        .order_by(col(IssueRow.number).desc())
        .limit(MOST_ISSUES)
    )
    return [
        frozenset((str(at["path"]), str(at["function"])) for at in located)
        for located in session.exec(wanted)
        if located
    ]
