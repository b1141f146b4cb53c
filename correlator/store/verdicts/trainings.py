"""What a training needs to look at old verdicts again, and what trainings came to."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from correlator.store.issues.earlier_traces import earlier_traces
from correlator.store.tables import (
    EventRow,
    IssueRow,
    ProjectRepoRow,
    TrainingRow,
    VerdictRow,
)

TRAININGS_SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What a verdict rested on when it was given; ``root`` maps its project's frames;
    ``earlier``: functions (path, name) of the traces of the project's earlier issues."""

    verdict_id: int
    body: bytes
    repo_id: int
    deployed: str
    previous: str | None
    root: tuple[str, str]
    earlier: tuple[frozenset[tuple[str, str]], ...] = ()


def basis_of(session: Session, verdict_id: int) -> Basis | str:
    """What a verdict rested on; where that is gone, what is missing."""
    verdict = session.get(VerdictRow, verdict_id)
    if verdict is None or verdict.deployed is None:
        return "the verdict named no revision"
    if verdict.repo_id is None:
        return "the repository was removed"
    event = session.get(EventRow, verdict.event_id)
    issue = session.get(IssueRow, verdict.issue_id)
    if event is None or issue is None:
        return "the event is gone"
    link = session.exec(
        select(ProjectRepoRow).where(
            ProjectRepoRow.project_id == issue.project_id,
            ProjectRepoRow.repo_id == verdict.repo_id,
        )
    ).first()
    return Basis(
        verdict_id=verdict_id,
        body=event.body,
        repo_id=verdict.repo_id,
        deployed=verdict.deployed,
        previous=verdict.previous,
        root=(link.stack_root, link.source_root) if link else ("", ""),
        earlier=tuple(earlier_traces(session, issue)),
    )


def keep_training(session: Session, row: TrainingRow) -> None:
    """Append what a training came to."""
    session.add(row)
    session.flush()


def trainings(session: Session, limit: int = TRAININGS_SHOWN) -> list[TrainingRow]:
    """Trainings and choices of weights, newest first."""
    newest = select(TrainingRow).order_by(col(TrainingRow.id).desc()).limit(limit)
    return list(session.exec(newest))


def labels_at_last_training(session: Session) -> int:
    """How many labels the newest training saw; 0 if there was none."""
    rows: Sequence[TrainingRow] = trainings(session)
    last = next((row for row in rows if row.labels), None)
    return sum(last.labels.values()) if last else 0
