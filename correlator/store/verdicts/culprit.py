"""Which change is the culprit of an issue: the one rule of every page, count and step.

A person's word comes first. What was confirmed last is the culprit, and surely, though the verdict
in force no longer lists it, or names nobody. Else it is the likeliest suspect of that verdict which
nobody ruled out, if the verdict names any; it counts as the *likely* culprit from even chances on,
since no more than one change can have them. A word that was taken back is none.

`likely_culprits` is the same rule for the database, where a whole year is counted.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.tables import IssueRow, JudgementRow, SuspectRow, VerdictRow
from correlator.store.verdicts.spoken import CONFIRMED, REJECTED, confirmations, rejections
from correlator.types import Abstention

SURE = 0.5
_FIRST = 1
# A verdict that only could not tell suspects apart gives each of them the chance that it has.
# Any other silence is about the whole: a failure of the outside world is nobody's change.
_CHANCES_STAND = (None, Abstention.NOTHING_STANDS_OUT.value)


@dataclass(frozen=True, slots=True)
class Suspected:
    """A change that may be the culprit, and how likely (0 to 1) it is. ``repo_id``: None where no
    verdict knew its repository."""

    repo_id: int | None
    sha: str
    probability: float
    is_confirmed: bool = False

    @property
    def is_likely(self) -> bool:
        """Whether it counts as the culprit where one change has to be counted."""
        return self.is_confirmed or self.probability >= SURE


@dataclass(frozen=True, slots=True)
class Suspicions:
    """An issue's verdict in force, as people have corrected it. ``suspects``: those that nobody
    ruled out, likeliest first; ``confirmed``: what somebody said last that it was."""

    abstained: str | None
    suspects: tuple[Suspected, ...]
    confirmed: Suspected | None

    @property
    def culprit(self) -> Suspected | None:
        """The change that is named; None where none is."""
        if self.confirmed is not None or self.abstained is not None:
            return self.confirmed
        return self.suspects[0] if self.suspects else None

    @property
    def likely(self) -> tuple[Suspected, ...]:
        """All that may be the culprit with their chances: the confirmed one alone, if any is."""
        if self.confirmed is not None:
            return (self.confirmed,)
        return self.suspects if self.abstained in _CHANCES_STAND else ()


def suspicions_of(session: Session, which: sa.ColumnElement[bool]) -> dict[int, Suspicions]:
    """By issue, of those that the condition (on ``IssueRow``) holds of and that have a verdict."""
    said = _said(session, which)
    rows: dict[int, list[Any]] = defaultdict(list)
    for row in session.execute(_ranked(which)):
        rows[row.issue_id].append(row)
    return {issue_id: _corrected(mine, said.get(issue_id, [])) for issue_id, mine in rows.items()}


def culprit_of(session: Session, issue_id: int) -> Suspected | None:
    """The change that is named for one issue."""
    found = suspicions_of(session, col(IssueRow.id) == issue_id).get(issue_id)
    return found.culprit if found else None


def likely_culprits(which: sa.ColumnElement[bool]) -> sa.Select[*tuple[Any, ...]]:
    """(``issue_id``, ``repo_id``, ``sha``, ``is_confirmed``) of each issue that has a likely
    culprit and that the condition (on ``IssueRow``) holds of, for the database to join.

    Only a verdict's first suspect can be likely: what it leaves the others is less.
    """
    confirmed, rejected = confirmations(), rejections()
    first = sa.and_(
        col(SuspectRow.verdict_id) == col(VerdictRow.id), col(SuspectRow.place) == _FIRST
    )
    named = sa.and_(
        col(VerdictRow.abstained).is_(None), col(SuspectRow.probability) >= SURE,
        rejected.c.sha.is_(None),
    )  # fmt: skip
    is_confirmed = confirmed.c.sha.is_not(None)
    of_listed = sa.func.coalesce(col(SuspectRow.repo_id), col(VerdictRow.repo_id))
    return (
        sa.select(
            col(IssueRow.id).label("issue_id"),
            sa.case(
                (is_confirmed, sa.func.coalesce(confirmed.c.repo_id, col(VerdictRow.repo_id))),
                else_=of_listed,
            ).label("repo_id"),
            sa.func.coalesce(confirmed.c.sha, col(SuspectRow.sha)).label("sha"),
            is_confirmed.label("is_confirmed"),
        )
        .join(VerdictRow, col(VerdictRow.id) == col(IssueRow.verdict_id))
        .outerjoin(SuspectRow, first)
        .outerjoin(confirmed, confirmed.c.issue_id == col(IssueRow.id))
        .outerjoin(
            rejected,
            sa.and_(rejected.c.issue_id == col(IssueRow.id), rejected.c.sha == col(SuspectRow.sha)),
        )
        .where(which, sa.or_(is_confirmed, named))
    )


def _ranked(which: sa.ColumnElement[bool]) -> sa.Select[*tuple[Any, ...]]:
    """Verdicts in force with their suspects, likeliest first; one row without any for none."""
    columns: list[Any] = [
        col(IssueRow.id).label("issue_id"), col(VerdictRow.abstained), col(SuspectRow.sha),
        sa.func.coalesce(col(SuspectRow.repo_id), col(VerdictRow.repo_id)).label("repo_id"),
        col(SuspectRow.probability), col(VerdictRow.repo_id).label("failed_in"),
    ]  # fmt: skip
    return (
        sa.select(*columns)
        .join(VerdictRow, col(VerdictRow.id) == col(IssueRow.verdict_id))
        .outerjoin(SuspectRow, col(SuspectRow.verdict_id) == col(VerdictRow.id))
        .where(which)
        .order_by(col(IssueRow.id), col(SuspectRow.place))
    )


def _said(session: Session, which: sa.ColumnElement[bool]) -> dict[int, list[Any]]:
    """What was said of an issue's suspects, oldest first, with the repository that each was of
    when it was said."""
    listed = sa.and_(
        col(SuspectRow.verdict_id) == col(JudgementRow.verdict_id),
        col(SuspectRow.sha) == col(JudgementRow.sha),
    )
    columns: list[Any] = [
        col(JudgementRow.issue_id), col(JudgementRow.sha), col(JudgementRow.said),
        sa.func.coalesce(col(SuspectRow.repo_id), col(VerdictRow.repo_id)).label("repo_id"),
    ]  # fmt: skip
    wanted = (
        sa.select(*columns)
        .join(IssueRow, col(IssueRow.id) == col(JudgementRow.issue_id))
        .outerjoin(VerdictRow, col(VerdictRow.id) == col(JudgementRow.verdict_id))
        .outerjoin(SuspectRow, listed)
        .where(which)
        .order_by(col(JudgementRow.id))
    )
    found: dict[int, list[Any]] = defaultdict(list)
    for row in session.execute(wanted):
        found[row.issue_id].append(row)
    return found


def _corrected(rows: list[Any], said: list[Any]) -> Suspicions:
    # Said again, a word is as new as what was said last.
    words: dict[str, Any] = {}
    for one in said:
        words.pop(one.sha, None)
        words[one.sha] = one
    suspects = [Suspected(one.repo_id, one.sha, one.probability) for one in rows if one.sha]
    chosen = [one for one in words.values() if one.said == CONFIRMED]
    return Suspicions(
        abstained=rows[0].abstained,
        suspects=tuple(one for one in suspects if not _is(words.get(one.sha), REJECTED)),
        confirmed=_confirmed(chosen[-1], suspects, rows[0].failed_in) if chosen else None,
    )


def _is(word: Any, said: str) -> bool:
    return word is not None and word.said == said


def _confirmed(word: Any, suspects: list[Suspected], failed_in: int | None) -> Suspected:
    """Of the repository that the verdict in force knows it by, else the one it was judged in."""
    listed = next((one.repo_id for one in suspects if one.sha == word.sha), None)
    repo_id = listed or word.repo_id or failed_in
    return Suspected(repo_id, word.sha, 1.0, is_confirmed=True)
