"""Which change is the culprit of an issue: the one rule of every page, count and step.

A person's word comes first. What was confirmed last is the culprit, and surely, though the verdict
in force no longer lists it, or names nobody. Else it is the likeliest suspect of that verdict which
nobody ruled out, if the verdict names any; commits of one pull request are one suspect, and what is
left is as likely as it is given that the others are not it: p / (1 - what was ruled out). It counts
as the *likely* culprit from even chances on. A word that was taken back is none.

`likely_culprits` is the same rule for the database, where a whole year is counted; `answers` is
what a page makes of it.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.tables import IssueRow, JudgementRow, SuspectRow, VerdictRow
from correlator.store.verdicts.spoken import CONFIRMED, REJECTED, confirmations, rejections
from correlator.types import Abstention

SURE = 0.5
_FIRST = 1
_REPO = sa.func.coalesce(col(SuspectRow.repo_id), col(VerdictRow.repo_id))
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
    """An issue's verdict in force, as people have corrected it. ``suspects``: commits that nobody
    ruled out, likeliest first; ``confirmed``: what somebody said last that it was; ``sure``: how
    likely the pull request of the first suspect is."""

    abstained: str | None
    suspects: tuple[Suspected, ...]
    confirmed: Suspected | None
    sure: float

    @property
    def culprit(self) -> Suspected | None:
        """The change that is named; None where none is."""
        if self.confirmed is not None or self.abstained is not None:
            return self.confirmed
        return replace(self.suspects[0], probability=self.sure) if self.suspects else None

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
    culprit and that the condition (on ``IssueRow``) holds of, for the database to join."""
    confirmed, rejected = confirmations(), rejections()
    found = sa.union_all(
        _of_confirmed(which, confirmed),
        _of_first(which, confirmed, rejected),
        _of_what_is_left(which, confirmed, rejected),
    ).subquery()
    return sa.select(*found.c)


def _told(*columns: Any) -> sa.Select[*tuple[Any, ...]]:
    names = ("issue_id", "repo_id", "sha", "is_confirmed")
    return sa.select(*(one.label(name) for one, name in zip(columns, names, strict=True)))


def _of_confirmed(which: sa.ColumnElement[bool], confirmed: sa.CTE) -> Any:
    repo = sa.func.coalesce(confirmed.c.repo_id, col(VerdictRow.repo_id))
    return (
        _told(col(IssueRow.id), repo, confirmed.c.sha, sa.true())
        .join(VerdictRow, col(VerdictRow.id) == col(IssueRow.verdict_id))
        .join(confirmed, confirmed.c.issue_id == col(IssueRow.id))
        .where(which)
    )


def _of_first(which: sa.ColumnElement[bool], confirmed: sa.CTE, rejected: sa.CTE) -> Any:
    """Of the issues, nearly all, of which nobody confirmed or ruled out anything."""
    first = sa.and_(
        col(SuspectRow.verdict_id) == col(VerdictRow.id), col(SuspectRow.place) == _FIRST
    )
    said = (sa.select(one.c.issue_id) for one in (confirmed, rejected))
    return (
        _told(col(IssueRow.id), _REPO, col(SuspectRow.sha), sa.false())
        .join(VerdictRow, col(VerdictRow.id) == col(IssueRow.verdict_id))
        .join(SuspectRow, first)
        .where(which, col(VerdictRow.abstained).is_(None), col(VerdictRow.confidence) >= SURE)
        .where(*(col(IssueRow.id).not_in(one) for one in said))
    )


def _of_what_is_left(which: sa.ColumnElement[bool], confirmed: sa.CTE, rejected: sa.CTE) -> Any:
    """Of issues of which something was ruled out: the first suspect that is left."""
    out = sa.and_(rejected.c.issue_id == col(IssueRow.id), rejected.c.sha == col(SuspectRow.sha))
    is_left, chance = rejected.c.sha.is_(None), col(SuspectRow.probability)
    whole = sa.case(
        (col(SuspectRow.request).is_(None), col(SuspectRow.sha)),
        else_=sa.cast(col(SuspectRow.request), sa.String),
    )
    issue = col(IssueRow.id)
    gone = sa.func.sum(sa.case((is_left, 0.0), else_=chance)).over(partition_by=issue)
    left = sa.func.sum(sa.case((is_left, chance), else_=0.0)).over(
        partition_by=[issue, _REPO, whole]
    )
    leads = sa.func.min(sa.case((is_left, col(SuspectRow.place)))).over(partition_by=issue)
    every = (
        sa.select(
            issue.label("issue_id"), _REPO.label("repo_id"), col(SuspectRow.sha).label("sha"),
            col(SuspectRow.place).label("place"), leads.label("leads"), gone.label("gone"),
            left.label("left"),
        )
        .join(VerdictRow, col(VerdictRow.id) == col(IssueRow.verdict_id))
        .join(SuspectRow, col(SuspectRow.verdict_id) == col(VerdictRow.id))
        .outerjoin(rejected, out)
        .where(which, col(VerdictRow.abstained).is_(None))
        .where(issue.in_(sa.select(rejected.c.issue_id)))
        .where(issue.not_in(sa.select(confirmed.c.issue_id)))
        .subquery()
    )  # fmt: skip
    rest = sa.case((every.c.gone < 1.0, 1.0 - every.c.gone), else_=1.0)
    return (
        _told(every.c.issue_id, every.c.repo_id, every.c.sha, sa.false())
        .where(every.c.place == every.c.leads, every.c.left >= SURE * rest)
    )  # fmt: skip


def _ranked(which: sa.ColumnElement[bool]) -> sa.Select[*tuple[Any, ...]]:
    """Verdicts in force with their suspects, likeliest first; one row without any for none."""
    columns: list[Any] = [
        col(IssueRow.id).label("issue_id"), col(VerdictRow.abstained), col(SuspectRow.sha),
        _REPO.label("repo_id"), col(SuspectRow.probability), col(SuspectRow.request),
        col(VerdictRow.repo_id).label("failed_in"), col(VerdictRow.confidence),
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
        _REPO.label("repo_id"),
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
    ranked = [one for one in rows if one.sha]
    left = [one for one in ranked if not _is(words.get(one.sha), REJECTED)]
    gone = sum(one.probability for one in ranked) - sum(one.probability for one in left)
    rest = 1.0 - gone if len(left) < len(ranked) and gone < 1.0 else 1.0
    chosen = [one for one in words.values() if one.said == CONFIRMED]
    return Suspicions(
        abstained=rows[0].abstained,
        suspects=tuple(
            Suspected(one.repo_id, one.sha, min(one.probability / rest, 1.0)) for one in left
        ),
        confirmed=_confirmed(chosen[-1], ranked, rows[0].failed_in) if chosen else None,
        sure=rows[0].confidence if len(left) == len(ranked) else min(_whole(left) / rest, 1.0),
    )


def _whole(left: list[Any]) -> float:
    """The chance of the first one's pull request: of all its commits that are left."""
    if not left:
        return 0.0
    first = left[0]
    found: float = sum(
        one.probability
        for one in left
        if one is first
        or (
            first.request is not None
            and (one.repo_id, one.request) == (first.repo_id, first.request)
        )
    )
    return found  # fmt: skip


def _is(word: Any, said: str) -> bool:
    return word is not None and word.said == said


def _confirmed(word: Any, suspects: list[Any], failed_in: int | None) -> Suspected:
    """Of the repository that the verdict in force knows it by, else the one it was judged in."""
    listed = next((one.repo_id for one in suspects if one.sha == word.sha), None)
    repo_id = listed or word.repo_id or failed_in
    return Suspected(repo_id, word.sha, 1.0, is_confirmed=True)
