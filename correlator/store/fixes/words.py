"""What people and Sentry say mends an issue, and which of Sentry's issues is which of ours."""

from datetime import datetime

from sqlmodel import Session, col, select

from correlator.store.cycles import NAMED, keep_word
from correlator.store.tables import FixWordRow, IssueRow, SentryIssueRow
from correlator.store.upsert import insert_into
from correlator.types import Resolved, Way


def keep_sentry_issue(
    session: Session, project_id: int, number: str | None, issue_id: int | None
) -> None:
    """Note under which number Sentry has an issue of ours."""
    if number is None or issue_id is None:
        return
    row = insert_into(session, SentryIssueRow).values(
        project_id=project_id, number=number, issue_id=issue_id
    )
    session.execute(
        row.on_conflict_do_update(
            index_elements=["project_id", "number"], set_={"issue_id": issue_id}
        )
    )


def keep_resolved(session: Session, project_id: int, fact: Resolved) -> int | None:
    """Keep Sentry's word on the issue of ours that it is about; None where there is none."""
    issue_id, short = _issue(session, project_id, fact), fact.short and fact.short.upper()
    row = insert_into(session, SentryIssueRow).values(
        project_id=project_id, number=fact.sentry_issue, short=short, issue_id=issue_id
    )
    session.execute(
        row.on_conflict_do_update(
            index_elements=["project_id", "number"],
            set_={"short": short, "issue_id": issue_id},
        )
    )
    if issue_id is None:
        return None
    word = FixWordRow(
        issue_id=issue_id,
        key=_key(fact),
        said=NAMED,
        way=Way.SENTRY,
        because=f"Sentry: resolved{_by(fact)}.",
        at=fact.at,
    )
    keep_word(session, word)
    return issue_id


def next_release_key(at: datetime) -> str:
    """Stands for the first release that is rolled out after a moment."""
    return f"next:{at.isoformat()}"


def is_next_release(key: str) -> bool:
    """Whether it is the key of the first release after a moment, as ``next_release_key`` says."""
    kind, _, moment = key.partition(":")
    try:
        return kind == "next" and datetime.fromisoformat(moment).tzinfo is not None
    except ValueError:
        return False


def release_key(name: str) -> str:
    """Stands for a release that brings the fix."""
    return f"release:{name}"


def _key(fact: Resolved) -> str:
    if fact.commit:
        return fact.commit
    return release_key(fact.release) if fact.release else next_release_key(fact.at)


def _by(fact: Resolved) -> str:
    how = f" in release {fact.release}" if fact.release else " in the next release"
    how = f" by commit {fact.commit[:12]}" if fact.commit else how
    return f"{how}, says {fact.actor}"[:300] if fact.actor else how


def _issue(session: Session, project_id: int, fact: Resolved) -> int | None:
    """By its number, known from events that Sentry sent on; else the only one that reads alike."""
    known = session.exec(
        select(SentryIssueRow.issue_id).where(
            SentryIssueRow.project_id == project_id, SentryIssueRow.number == fact.sentry_issue
        )
    ).first()
    if known is not None:
        return known
    if not fact.type:
        return None
    alike = select(IssueRow.id).where(
        IssueRow.project_id == project_id,
        IssueRow.type == fact.type,
        IssueRow.value == fact.value,
        col(IssueRow.merged_into).is_(None),
    )
    found = list(session.exec(alike.limit(2)))
    return found[0] if len(found) == 1 else None
