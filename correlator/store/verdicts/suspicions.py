"""Which changes issues are blamed on, with what chance, and whether somebody had to act on them."""

from collections import defaultdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.cycles.mendings import Mended, mendings
from correlator.store.tables import IssueRow, JudgementRow, LabelRow, SuspectRow, VerdictRow
from correlator.types import Level, Suspicion

CONFIRMED, REJECTED = "confirmed", "rejected"
# Less is noise: it would fill the lists and move no number.
LEAST_CHANCE = 0.01
_FAILURES = (Level.ERROR.value, Level.FATAL.value)
ACTED_ON = ("resolved",)
_UNTRIED = Mended(cycles=0, is_over=False, ended=None, is_sure=False)


def suspicions(session: Session, since: datetime) -> list[Suspicion]:
    """Failures that began since, with the suspects of the verdict in force."""
    suspects, said = _suspects(session, since), _said(session, since)
    labelled, mended = _labelled(session), mendings(session, since)
    return [
        Suspicion(
            issue_id=one.id,
            project_id=one.project_id,
            service=one.first_service,
            environment=one.first_environment,
            began=one.first_seen,
            suspects=_weighed(suspects.get(one.id, []), said.get(one.id, {})),
            acted_on=one.status in ACTED_ON or one.id in labelled or tried.is_sure,
            cycles=tried.cycles or None,
            is_over=tried.is_over,
            ended=tried.ended,
        )
        for one in session.execute(_issues(since))
        for tried in (mended.get(one.id, _UNTRIED),)
    ]


def _issues(since: datetime) -> sa.Select[*tuple[Any, ...]]:
    columns: list[Any] = [
        col(IssueRow.id), col(IssueRow.project_id), col(IssueRow.first_service),
        col(IssueRow.first_environment), col(IssueRow.first_seen), col(IssueRow.status),
    ]  # fmt: skip
    return (
        sa.select(*columns)
        .where(col(IssueRow.first_seen) >= since, col(IssueRow.level).in_(_FAILURES))
        .where(col(IssueRow.merged_into).is_(None))
        .order_by(col(IssueRow.id))
    )


def _suspects(session: Session, since: datetime) -> dict[int, list[tuple[int, str, float]]]:
    wanted = (
        sa.select(
            col(IssueRow.id), sa.func.coalesce(col(SuspectRow.repo_id), col(VerdictRow.repo_id)),
            col(SuspectRow.sha), col(SuspectRow.probability),
        )
        .join(VerdictRow, col(VerdictRow.id) == col(IssueRow.verdict_id))
        .join(SuspectRow, col(SuspectRow.verdict_id) == col(VerdictRow.id))
        .where(col(IssueRow.first_seen) >= since)
    )  # fmt: skip
    found: dict[int, list[tuple[int, str, float]]] = defaultdict(list)
    for issue_id, repo_id, sha, probability in session.execute(wanted):
        if repo_id is not None:
            found[issue_id].append((repo_id, sha, probability))
    return found


def _said(session: Session, since: datetime) -> dict[int, dict[str, str]]:
    """What people said last of an issue's suspects."""
    wanted = (
        sa.select(col(JudgementRow.issue_id), col(JudgementRow.sha), col(JudgementRow.said))
        .join(IssueRow, col(IssueRow.id) == col(JudgementRow.issue_id))
        .where(col(IssueRow.first_seen) >= since)
        .order_by(col(JudgementRow.id))
    )
    found: dict[int, dict[str, str]] = defaultdict(dict)
    for issue_id, sha, said in session.execute(wanted):
        found[issue_id][sha] = said
    return found


def _weighed(
    suspects: list[tuple[int, str, float]], said: dict[str, str]
) -> tuple[tuple[int, str, float], ...]:
    """A person's word counts before any chance: confirmed is certain, ruled out is none."""
    confirmed = {sha for sha, word in said.items() if word == CONFIRMED}
    if confirmed:
        named = [(repo_id, sha) for repo_id, sha, _ in suspects if sha in confirmed]
        # A newer verdict may not list it any more: it is still what did it.
        named = named or [(repo_id, sha) for repo_id, _, _ in suspects[:1] for sha in confirmed]
        return tuple((repo_id, sha, 1.0 / len(named)) for repo_id, sha in named)
    return tuple(
        (repo_id, sha, chance)
        for repo_id, sha, chance in suspects
        if chance >= LEAST_CHANCE and said.get(sha) != REJECTED
    )


def _labelled(session: Session) -> set[int]:
    """Issues whose culprit was reverted or mended since, so that somebody acted."""
    return set(session.execute(sa.select(col(LabelRow.issue_id)).distinct()).scalars())
