"""Kinds as rows: appended; the one in force beside the issue; a person's word above all."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.tables import IssueRow, KindRow
from correlator.store.verdicts import culprit
from correlator.types import Kind, KindGuess

PERSON = "person"
TAKEN_BACK = ""


def history(session: Session, issue_id: int) -> list[KindRow]:
    """All that was said of an issue's kind, oldest first."""
    wanted = select(KindRow).where(KindRow.issue_id == issue_id)
    return list(session.exec(wanted.order_by(col(KindRow.id))))


def in_force(rows: Sequence[KindRow]) -> KindRow | None:
    """What counts: a person's word that stands, else the newest guess."""
    said = next((row for row in reversed(rows) if row.source == PERSON), None)
    if said is not None and said.kind != TAKEN_BACK:
        return said
    return next((row for row in reversed(rows) if row.source != PERSON), None)


def keep_guess(
    session: Session, issue_id: int, guess: KindGuess, verdict_id: int | None, now: datetime
) -> bool:
    """Append a guess that says something new; whether it does."""
    issue = session.get(IssueRow, issue_id, with_for_update=True, populate_existing=True)
    if issue is None:
        return False
    rows = history(session, issue_id)
    before = next((row for row in reversed(rows) if row.source != PERSON), None)
    told = (guess.kind, round(guess.certainty, 3), guess.because, guess.source)
    if before is not None and told == (
        before.kind,
        round(before.certainty, 3),
        before.because,
        before.source,
    ):
        return False
    row = KindRow(
        issue_id=issue_id,
        kind=guess.kind,
        certainty=guess.certainty,
        because=guess.because,
        source=guess.source[:60],
        runner_up=guess.runner_up,
        verdict_id=verdict_id,
        at=now,
    )
    _append(session, issue, rows, row)
    return True


def keep_word(
    session: Session, issue_id: int, kind: Kind | None, account_id: int | None, now: datetime
) -> bool:
    """Append what a person says the kind is, or (None) that they take it back."""
    issue = session.get(IssueRow, issue_id, with_for_update=True, populate_existing=True)
    if issue is None:
        return False
    row = KindRow(
        issue_id=issue_id,
        kind=kind or TAKEN_BACK,
        certainty=1.0,
        because="a person said so" if kind else "a person took their word back",
        source=PERSON,
        account_id=account_id,
        at=now,
    )
    _append(session, issue, history(session, issue_id), row)
    return True


def culprit_of(session: Session, issue: IssueRow) -> tuple[int | None, str] | None:
    """(repository, sha) of the change that is named: confirmed by a person, else by the verdict
    in force and not ruled out; None if none is."""
    named = culprit.culprit_of(session, issue.id or 0)
    return (named.repo_id, named.sha) if named else None


def unclassified_issues(session: Session, limit: int) -> list[int]:
    """Issues that nobody has given a kind, not even that there is none."""
    wanted = sa.select(col(IssueRow.id)).where(
        col(IssueRow.kind).is_(None), col(IssueRow.first_event_id).is_not(None)
    )
    return [one for one in session.scalars(wanted.order_by(col(IssueRow.id)).limit(limit)) if one]


def words_of_people(session: Session) -> list[tuple[int, Kind]]:
    """(issue, kind) for every word of a person that stands: labels."""
    wanted = select(KindRow).where(KindRow.source == PERSON).order_by(col(KindRow.id))
    last = {row.issue_id: row.kind for row in session.exec(wanted)}
    return [(issue_id, Kind(kind)) for issue_id, kind in sorted(last.items()) if kind]


def _append(session: Session, issue: IssueRow, rows: list[KindRow], row: KindRow) -> None:
    session.add(row)
    session.flush()
    standing = in_force([*rows, row])
    issue.kind = standing.kind if standing else Kind.UNCLASSIFIED
    session.add(issue)
    session.flush()
