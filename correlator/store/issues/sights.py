"""When an issue was first and last seen, as merges, splits and their undoing change it.

An issue that is left behind keeps its verdicts and what was said of them; it leads to another, and
counts for no release any more.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.intake.bodies import unpack
from correlator.store.tables import EventRow, IssueRow, TraitRow

MERGED = "merged"
# What a merge or split changes of an issue's row besides its counts, and an undoing restores.
_KEPT = (
    "status", "first_seen", "last_seen", "first_release", "first_environment", "first_service",
    "first_event_id", "wants_verdict", "verdict_id", "merged_into",
)  # fmt: skip


def kept(issue: IssueRow) -> dict[str, Any]:
    """How an issue stands, but for its counts, as JSON."""
    values = {name: getattr(issue, name) for name in _KEPT}
    return {
        "id": issue.id,
        **{
            name: held.isoformat() if isinstance(held, datetime) else held
            for name, held in values.items()
        },
    }


def restore(issue: IssueRow, kept: dict[str, Any]) -> None:
    for name in _KEPT:
        held = kept[name]
        in_time = name in ("first_seen", "last_seen")
        setattr(issue, name, datetime.fromisoformat(held) if in_time else held)
    issue.leased_until = None


def leave(source: IssueRow, target: IssueRow) -> None:
    """The issue leads to the other from now on; its verdicts and what was said of them stay."""
    source.status = MERGED
    source.merged_into = target.id
    source.wants_verdict = False
    source.leased_until = None
    source.first_release = None


def take_first_sight(source: IssueRow, target: IssueRow) -> None:
    """The earlier of the two sights is the first, and the verdict rests on that."""
    target.last_seen = max(target.last_seen, source.last_seen)
    if source.first_seen >= target.first_seen:
        return
    elsewhere = (source.first_release, source.first_environment) != (
        target.first_release,
        target.first_environment,
    )
    for name in (
        "first_seen", "first_release", "first_environment", "first_service", "first_event_id",
    ):  # fmt: skip
        setattr(target, name, getattr(source, name))
    if elsewhere or target.verdict_id is None:
        target.wants_verdict = True
        target.leased_until = None


def see_again(session: Session, issue: IssueRow) -> None:
    """First and last sight from the events that are kept, where there are any."""
    mine = select(EventRow).where(EventRow.issue_id == issue.id)
    first = session.exec(mine.order_by(col(EventRow.at), col(EventRow.id)).limit(1)).first()
    last = session.exec(
        mine.order_by(col(EventRow.at).desc(), col(EventRow.id).desc()).limit(1)
    ).first()
    if first is None or last is None:
        return
    moved = (first.release, first.environment) != (issue.first_release, issue.first_environment)
    gone = issue.first_event_id is None or not _has_event(session, issue)
    if gone:
        issue.first_seen, issue.first_event_id = first.at, first.id
        issue.first_release, issue.first_environment = first.release, first.environment
        issue.first_service = first.service
        issue.wants_verdict = issue.wants_verdict or moved
    issue.last_seen = last.at
    session.add(issue)


def name_by_newest(session: Session, issue: IssueRow) -> None:
    """Type, message and place as the newest event that is kept has them."""
    mine = select(EventRow).where(EventRow.issue_id == issue.id)
    newest = mine.order_by(col(EventRow.at).desc(), col(EventRow.id).desc()).limit(1)
    if (row := session.exec(newest).first()) is None:
        return
    event = unpack(row.body)
    if event.raised is not None:
        issue.type, issue.value = event.raised.type[:200], event.raised.value[:1000]
    traits = select(TraitRow).where(TraitRow.fingerprint_id == row.fingerprint_id)
    if (trait := session.exec(traits).first()) is not None:
        issue.culprit_frame = str(trait.body["where"])[:500]
    session.add(issue)


def _has_event(session: Session, issue: IssueRow) -> bool:
    event = session.get(EventRow, issue.first_event_id)
    return event is not None and event.issue_id == issue.id


def seen_since(session: Session, issue: IssueRow) -> None:
    """What has come in since the act that is undone is the issue's too."""
    newest = sa.select(sa.func.max(col(EventRow.at))).where(col(EventRow.issue_id) == issue.id)
    if (last := session.execute(newest).scalar_one()) is not None:
        issue.last_seen = max(issue.last_seen, last)
