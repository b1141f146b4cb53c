"""How verdicts fared with the people who judged them: the rows behind the scorecard.

One verdict an issue: the one that was judged, else the one in force. It counts as judged where
a label speaks of its first suspect (with all commits of its pull request), or names another.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.among import among
from correlator.store.tables import IssueRow, ProjectRow, SuspectRow, VerdictRow
from correlator.store.verdicts.labels import all_labels
from correlator.types import Label

RIGHT, WRONG, OPEN = "right", "wrong", "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One issue's verdict and what became of it. ``outcome``: right, wrong or open (nobody said);
    ``source``: where the label came from that decided, empty where none did. ``times``: of how many
    issues that nobody judged it is true, where these are counted only."""

    issue_id: int
    short: str
    title: str
    at: datetime
    weights: str
    confidence: float
    abstained: str | None
    outcome: str
    source: str
    times: int = 1

    @property
    def is_named(self) -> bool:
        """Whether a culprit was named."""
        return self.abstained is None


@dataclass(frozen=True, slots=True)
class _Given:
    at: datetime
    weights: str
    confidence: float
    abstained: str | None


def scored(session: Session, only_project: int | None = None) -> list[Scored]:
    """Every issue with a label and a verdict, newest verdict first; of one project when given.
    Without what a line shows of an issue: thousands are counted, a page of them is shown."""
    labels: defaultdict[int, list[Label]] = defaultdict(list)
    for label in all_labels(session):
        labels[label.issue_id].append(label)
    return _told(session, _issues(session, only_project, sorted(labels)), labels)


def details(session: Session, issue_ids: Sequence[int]) -> dict[int, Scored]:
    """These issues by id, as nobody has judged them."""
    issues = _issues(session, None, issue_ids)
    rows = {row.issue_id: row for row in _told(session, issues, defaultdict(list))}
    words = _words(session, list(rows))
    return {
        issue: replace(row, short=words[issue][0], title=words[issue][1])
        for issue, row in rows.items()
    }


def _told(
    session: Session,
    issues: Sequence[Any],
    labels: Mapping[int, list[Label]],
) -> list[Scored]:
    under = {
        issue.id: max(labels[issue.id], key=lambda one: (one.is_culprit, one.at)).verdict_id
        if labels.get(issue.id)
        else issue.verdict_id
        for issue in issues
    }
    verdicts, firsts = _verdicts(session, [each for each in under.values() if each])
    found = []
    for issue in issues:
        verdict = verdicts.get(under[issue.id] or 0)
        if verdict is not None:
            said = labels.get(issue.id, [])
            outcome, source = judged(firsts.get(under[issue.id] or 0, set()), said)
            found.append(_scored(issue, verdict, outcome, source))
    return sorted(found, key=lambda one: (one.at, one.issue_id), reverse=True)


def judged(first: set[str], labels: Sequence[Label]) -> tuple[str, str]:
    """What the labels say of the first suspect (its commits), and the source that decided."""
    for label in sorted(labels, key=lambda one: -one.strength):
        if label.is_culprit:
            return (RIGHT if label.sha in first else WRONG), label.source.value
    rejected = {label.sha: label.source.value for label in labels if not label.is_culprit}
    if first and first <= set(rejected):
        return WRONG, rejected[min(first)]
    return OPEN, ""


def _issues(session: Session, only: int | None, ids: Sequence[int]) -> list[Any]:
    """Id and verdict of each: thousands of whole rows would take their time."""
    wanted = sa.select(col(IssueRow.id), col(IssueRow.verdict_id)).where(
        col(IssueRow.verdict_id).is_not(None)
    )
    if only is not None:
        wanted = wanted.where(col(IssueRow.project_id) == only)
    return list(
        session.connection().execute(wanted.where(among(session, col(IssueRow.id), ids))).all()
    )


def _words(session: Session, ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Short name and title of these issues."""
    wanted = (
        sa.select(
            col(IssueRow.id), col(IssueRow.number), col(IssueRow.type), col(IssueRow.value),
            col(ProjectRow.slug),
        )
        .join(ProjectRow, col(ProjectRow.id) == col(IssueRow.project_id))
        .where(col(IssueRow.id).in_(ids))
    )  # fmt: skip
    return {
        row.id: (f"{row.slug.upper()}-{row.number}", f"{row.type} {row.value}".strip()[:200])
        for row in session.execute(wanted)
    }


def _verdicts(
    session: Session, ids: Iterable[int]
) -> tuple[Mapping[int, _Given], Mapping[int, set[str]]]:
    """The verdicts without what they show of code, and the commits of each one's first suspect."""
    some = sorted(set(ids))
    heads = sa.select(
        *(col(VerdictRow.id), col(VerdictRow.at), col(VerdictRow.weights)),
        *(col(VerdictRow.confidence), col(VerdictRow.abstained)),
    ).where(among(session, col(VerdictRow.id), some))
    found: dict[Any, _Given] = {
        row[0]: _Given(*row[1:]) for row in session.connection().execute(heads).all()
    }
    return found, _first_suspects(session, some)


def _first_suspects(session: Session, verdicts: Sequence[int]) -> dict[int, set[str]]:
    # What came by no pull request belongs to no other suspect.
    rows = sa.select(
        *(col(SuspectRow.verdict_id), col(SuspectRow.sha), col(SuspectRow.place)),
        *(col(SuspectRow.request), col(SuspectRow.repo_id)),
    ).where(
        among(session, col(SuspectRow.verdict_id), verdicts),
        sa.or_(col(SuspectRow.place) == 1, col(SuspectRow.request).is_not(None)),
    )
    lead: dict[int, tuple[int | None, int | None]] = {}
    firsts: dict[int, set[str]] = {}
    ordered = rows.order_by(col(SuspectRow.verdict_id), col(SuspectRow.place))
    for verdict, sha, place, number, repo in session.connection().execute(ordered).all():
        if place == 1:
            lead[verdict], firsts[verdict] = (number, repo), {sha}
        elif number is not None and lead.get(verdict) == (number, repo):
            firsts[verdict].add(sha)
    return firsts


def _scored(issue: Any, verdict: _Given, outcome: str, source: str) -> Scored:
    return Scored(
        issue_id=issue.id,
        short="",
        title="",
        at=verdict.at,
        weights=verdict.weights,
        confidence=verdict.confidence,
        abstained=verdict.abstained,
        outcome=outcome,
        source=source,
    )
