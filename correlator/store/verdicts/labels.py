"""Labels: what people said of suspects, and what reverts and fixes say, one word per suspect.

A person's word outweighs what a revert or a fix lets one guess. A word that was taken back is none.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.among import among
from correlator.store.tables import (
    EpisodeRow,
    FixAttemptRow,
    FixRow,
    IssueRow,
    JudgementRow,
    LabelRow,
    SuspectRow,
    VerdictRow,
)
from correlator.types import AttemptState, HeldFix, Label, LabelSource

CONFIRMED, REJECTED = "confirmed", "rejected"
# What a word is worth against a person's confirmation. Whoever rejects a change may be wrong about
# it, too, but knows less: not which one did it. A revert may have had other reasons.
STRENGTH = {CONFIRMED: 1.0, REJECTED: 0.5}
FIX_STRENGTH = 0.9
REVERT_STRENGTH = 0.7
MOST_ISSUES = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspected:
    """A suspect of an issue's verdict in force: what a revert or a fix may speak of."""

    issue_id: int
    verdict_id: int
    repo_id: int
    sha: str
    first_seen: datetime


def suspected(session: Session, repo_id: int) -> list[Suspected]:
    """The suspects of a repository that lie under a verdict in force, newest issues first."""
    wanted = (
        sa.select(
            col(IssueRow.id), col(VerdictRow.id), col(SuspectRow.sha), col(IssueRow.first_seen)
        )
        .join(VerdictRow, col(VerdictRow.id) == col(IssueRow.verdict_id))
        .join(SuspectRow, col(SuspectRow.verdict_id) == col(VerdictRow.id))
        .where(sa.func.coalesce(col(SuspectRow.repo_id), col(VerdictRow.repo_id)) == repo_id)
        .order_by(col(IssueRow.id).desc())
        .limit(MOST_ISSUES)
    )
    return [
        Suspected(issue_id=issue, verdict_id=verdict, repo_id=repo_id, sha=sha, first_seen=seen)
        for issue, verdict, sha, seen in session.execute(wanted)
    ]


def held_fixes(session: Session) -> tuple[HeldFix, ...]:
    """Fixes that held and that say which one change they undo: reverts that stopped the failures,
    of the culprit or of any change where they name the issue.

    Any other fix that names the issue says nothing of which change it mends. Going back past a
    change undoes all that came with it; so does a roll-out with several fixes.
    """
    wanted = (
        sa.select(FixRow, FixAttemptRow)
        .join(FixAttemptRow, col(FixAttemptRow.issue_id) == col(FixRow.issue_id))
        .join(
            EpisodeRow,
            sa.and_(
                col(EpisodeRow.issue_id) == col(FixAttemptRow.issue_id),
                col(EpisodeRow.environment) == col(FixAttemptRow.environment),
                col(EpisodeRow.service) == col(FixAttemptRow.service),
                col(EpisodeRow.place) == col(FixAttemptRow.episode),
            ),
        )
        .where(col(FixRow.undoes).is_not(None), col(FixRow.denied).is_(False))
        .where(col(FixRow.confirmed).is_(True))
        .where(col(FixAttemptRow.state) == AttemptState.HELD.value)
        .where(col(EpisodeRow.closed_at).is_not(None))
        .order_by(col(FixAttemptRow.at))
    )
    found: dict[tuple[int, str], HeldFix] = {}
    for fix, attempt in session.execute(wanted):
        if {one["key"] for one in attempt.fixes} == {fix.key}:
            at = attempt.decided_at or attempt.at
            held = HeldFix(issue_id=fix.issue_id, fix=fix.key, culprit=fix.undoes, at=at)
            found.setdefault((fix.issue_id, fix.key), held)
    return tuple(found.values())


def replace_found(
    session: Session, repo_id: int, source: LabelSource, labels: Sequence[Label]
) -> set[int]:
    """Keep what was found of a repository in place of what was found before; the issues that
    something was or is said of."""
    mine = col(LabelRow.repo_id) == repo_id, col(LabelRow.source) == source.value
    before = set(session.exec(select(LabelRow.issue_id).where(*mine)))
    session.execute(sa.delete(LabelRow).where(*mine))
    session.add_all(
        LabelRow(
            issue_id=one.issue_id,
            verdict_id=one.verdict_id,
            repo_id=repo_id,
            sha=one.sha,
            source=source.value,
            strength=one.strength,
            because=one.because,
            at=one.at,
        )
        for one in labels
    )
    session.flush()
    return before | {one.issue_id for one in labels}


def all_labels(session: Session, issues: Sequence[int] | None = None) -> tuple[Label, ...]:
    """Every label that stands, by issue (of these, when given); where two speak of one suspect,
    the stronger source."""
    by_issue: defaultdict[int, dict[str, Label]] = defaultdict(dict)
    for one in _judged(session, issues):
        by_issue[one.issue_id][one.sha] = one
    named = {label.issue_id for found in by_issue.values() for label in found.values()
             if label.is_culprit}  # fmt: skip
    for one in _found(session, issues):
        # A person who named the culprit has said, too, that it was no other.
        if one.issue_id not in named:
            by_issue[one.issue_id].setdefault(one.sha, one)
    return tuple(label for _, found in sorted(by_issue.items()) for label in found.values())


def _judged(session: Session, issues: Sequence[int] | None) -> Iterable[Label]:
    newest: dict[tuple[int, str], Any] = {}
    said = sa.select(
        col(JudgementRow.issue_id), col(JudgementRow.sha), col(JudgementRow.said),
        col(JudgementRow.verdict_id), col(JudgementRow.at),
    )  # fmt: skip
    if issues is not None:
        said = said.where(among(session, col(JudgementRow.issue_id), issues))
    for row in session.connection().execute(said.order_by(col(JudgementRow.id))).all():
        newest[(row.issue_id, row.sha)] = row
    standing = [row for row in newest.values() if row.said in STRENGTH]
    under = _verdicts_under(session, [row for row in standing if not row.verdict_id])
    for row in standing:
        verdict = row.verdict_id or under.get((row.issue_id, row.sha))
        if verdict is None:
            continue
        yield Label(
            issue_id=row.issue_id,
            verdict_id=verdict,
            sha=row.sha,
            is_culprit=row.said == CONFIRMED,
            source=LabelSource.JUDGEMENT,
            strength=STRENGTH[row.said],
            at=row.at,
            because=f"somebody {row.said} it",
        )


def _verdicts_under(session: Session, rows: Sequence[Any]) -> Mapping[tuple[int, str], int]:
    """The verdict that each word was said of: the newest until then that suspects the change."""
    said_at = {(row.issue_id, row.sha): row.at for row in rows}
    issues = sorted({row.issue_id for row in rows})
    found: dict[tuple[int, str], int] = {}
    for at in range(0, len(issues), 500):
        wanted = (
            sa.select(
                col(VerdictRow.issue_id),
                col(SuspectRow.sha),
                col(VerdictRow.id),
                col(VerdictRow.at),
            )
            .join(SuspectRow, col(SuspectRow.verdict_id) == col(VerdictRow.id))
            .where(col(VerdictRow.issue_id).in_(issues[at : at + 500]))
            .order_by(col(VerdictRow.id))
        )
        for issue, sha, verdict, given in session.execute(wanted):
            key = (issue, sha)
            if key in said_at and (key not in found or given <= said_at[key]):
                found[key] = verdict
    return found


def _found(session: Session, issues: Sequence[int] | None) -> Iterable[Label]:
    order = {LabelSource.FIX.value: 0, LabelSource.REVERT.value: 1}
    wanted = select(LabelRow).order_by(col(LabelRow.id))
    if issues is not None:
        wanted = wanted.where(among(session, col(LabelRow.issue_id), issues))
    rows = session.exec(wanted).all()
    for row in sorted(rows, key=lambda one: order.get(one.source, 2)):
        yield Label(
            issue_id=row.issue_id,
            verdict_id=row.verdict_id,
            sha=row.sha,
            is_culprit=True,
            source=LabelSource(row.source),
            strength=row.strength,
            at=row.at,
            because=row.because,
        )
