"""Which change is named for an issue: the one that a person confirmed, else the first suspect."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.among import among
from correlator.store.issues.listing import CONFIRMED, REJECTED, judgements
from correlator.store.tables import (
    CommitRow,
    IssueRow,
    JudgementRow,
    RepoRow,
    SuspectRow,
    VerdictRow,
)

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Named:
    """The change that is named, with its commit and repository, where we have them."""

    sha: str
    commit: CommitRow | None
    repo: str | None


def first_suspects(wanted: Any) -> Any:
    """A statement over issues, joined with the first suspect of the verdict in force and its
    commit; issues without one are left away."""
    suspect = sa.and_(col(SuspectRow.verdict_id) == col(VerdictRow.id), col(SuspectRow.place) == 1)
    wanted = wanted.join(
        VerdictRow,
        sa.and_(
            col(VerdictRow.id) == col(IssueRow.verdict_id), col(VerdictRow.abstained).is_(None)
        ),
    )
    return wanted.join(SuspectRow, suspect).outerjoin(CommitRow, _of_commit())


def _of_repo() -> sa.ColumnElement[int]:
    found: sa.ColumnElement[int] = sa.func.coalesce(
        col(SuspectRow.repo_id), col(VerdictRow.repo_id)
    )
    return found


def _of_commit() -> sa.ColumnElement[bool]:
    return sa.and_(col(CommitRow.repo_id) == _of_repo(), col(CommitRow.sha) == col(SuspectRow.sha))


def culprits(session: Session, issues: Sequence[IssueRow]) -> dict[int, Named]:
    """The change that is named, by issue: the one that somebody confirmed, else the likeliest that
    nobody ruled out, if the verdict names any."""
    by_verdict = {one.verdict_id: one.id or 0 for one in issues if one.verdict_id}
    found: dict[int, Named] = {}
    ids = sorted(by_verdict)
    for at in range(0, len(ids), CHUNK):
        rows = session.execute(_suspects(ids[at : at + CHUNK])).all()
        said = judgements(session, [by_verdict[row[0]] for row in rows])
        of_issue: dict[int, list[Any]] = {}
        for row in rows:
            of_issue.setdefault(by_verdict[row[0]], []).append(row)
        for issue, suspects in of_issue.items():
            if (row := _named(suspects, said[issue])) is not None:
                found[issue] = Named(row[2], row[3], row[4])
    return found


class Blamed(NamedTuple):
    """The change that is named, and its repository."""

    repo_id: int | None
    sha: str


def blamed(session: Session, verdicts: Mapping[int, int]) -> dict[int, Blamed]:
    """As ``culprits``, without the commits: by issue, of these verdicts (by issue) in force."""
    issues: dict[Any, int] = {verdict: issue for issue, verdict in verdicts.items()}
    suspected = (
        sa.select(
            *(col(VerdictRow.id), col(VerdictRow.abstained)),
            *(col(SuspectRow.sha), _of_repo()),
        )
        .join(SuspectRow, col(SuspectRow.verdict_id) == col(VerdictRow.id))
        .where(among(session, col(VerdictRow.id), list(issues)))
        .order_by(col(VerdictRow.id), col(SuspectRow.place))
    )
    said: dict[int, dict[str, str]] = {}
    words = sa.select(col(JudgementRow.issue_id), col(JudgementRow.sha), col(JudgementRow.said))
    words = words.where(among(session, col(JudgementRow.issue_id), list(verdicts)))
    for issue, sha, word in (
        session.connection().execute(words.order_by(col(JudgementRow.id))).all()
    ):
        said.setdefault(issue, {})[sha] = word
    of_issue: dict[int, list[Any]] = {}
    for row in session.connection().execute(suspected).all():
        of_issue.setdefault(issues[row[0]], []).append(row)
    found = {one: _first_named(rows, said.get(one, {})) for one, rows in of_issue.items()}
    return {one: Blamed(row[3], row[2]) for one, row in found.items() if row is not None}


def _suspects(verdicts: Sequence[int]) -> Any:
    return (
        sa.select(
            col(VerdictRow.id),
            col(VerdictRow.abstained),
            col(SuspectRow.sha),
            CommitRow,
            col(RepoRow.name),
        )
        .join(SuspectRow, col(SuspectRow.verdict_id) == col(VerdictRow.id))
        .outerjoin(RepoRow, col(RepoRow.id) == _of_repo())
        .outerjoin(CommitRow, _of_commit())
        .where(col(VerdictRow.id).in_(verdicts))
        .order_by(col(VerdictRow.id), col(SuspectRow.place))
    )


def _named(rows: Sequence[Any], said: Mapping[str, JudgementRow]) -> Any:
    return _first_named(rows, {sha: one.said for sha, one in said.items()})


def _first_named(rows: Sequence[Any], words: Mapping[str, str]) -> Any:
    """``rows``: verdict, why it abstained, and hash of each suspect, likeliest first."""
    confirmed = [row for row in rows if words.get(row[2]) == CONFIRMED]
    if confirmed:
        return confirmed[0]
    open_ones = [row for row in rows if words.get(row[2]) != REJECTED and row[1] is None]
    return open_ones[0] if open_ones else None
