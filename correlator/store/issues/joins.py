"""What people make of issues: merged, split, undone; each act kept, and undone exactly.

A merge moves every fingerprint of an issue, with all that came in under them, and the issue left
behind leads to the other. A split moves some fingerprints to an issue of their own. Undoing moves
the same ones back, with what has come in since, and gives both issues the first sight, the status
and the verdict that they had. Whoever decides locks both issues in the order of their ids, and
digest locks the fingerprint with its issue: an event is counted on one side or the other, never
on both or neither.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from correlator.errors import Permanent
from correlator.store.intake.fingerprints import JOINED
from correlator.store.issues import parts, sights
from correlator.store.tables import (
    FingerprintRow,
    IssueRow,
    ProjectRow,
    RegroupingRow,
)

MERGED = sights.MERGED
SPLIT = "split"
UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class By:
    """Who decides and when; ``account_id`` None: nobody who is logged in."""

    account_id: int | None
    at: datetime


def merge(session: Session, source_id: int, target_id: int, by: By) -> RegroupingRow:
    """Put an issue under another of its project: events, tallies, users, fingerprints.

    Permanent when they are the same, of two projects, or one of them was merged before.
    """
    source, target = _both(session, source_id, target_id)
    before = {"source": sights.kept(source), "target": sights.kept(target)}
    moved = _ids(session, source)
    _move(session, moved, source, target, by.at)
    sights.take_first_sight(source, target)
    sights.leave(source, target)
    session.add_all([source, target])
    because = f"put together by a person: {source.type}, number {source.number}"
    return _note(session, MERGED, (source, target), moved, because, by, before)


def split(session: Session, issue_id: int, fingerprints: Sequence[int], by: By) -> RegroupingRow:
    """Take some of an issue's fingerprints out into an issue of their own.

    Permanent when none or all of them are named, or one that does not lead to this issue.
    """
    issue = _locked(session, issue_id)
    mine = _ids(session, issue)
    wanted = sorted(set(fingerprints))
    if not wanted or not set(wanted) < set(mine):
        raise Permanent(
            "Name some of the fingerprints of this issue, not all: one must stay behind."
        )
    made = _split_off(session, issue, by.at)
    before = {"source": sights.kept(issue), "target": sights.kept(made)}
    _move(session, wanted, issue, made, by.at)
    sights.name_by_newest(session, made)
    for one in (issue, made):
        sights.see_again(session, one)
    because = f"taken apart by a person, out of number {issue.number}"
    return _note(session, SPLIT, (issue, made), wanted, because, by, before)


def undo(session: Session, regrouping_id: int, by: By) -> RegroupingRow:
    """Take back a join, a merge or a split, with what has come in under it since.

    Permanent when it was undone before, is an undoing itself, or something decided later rests
    on it: then the message says what to undo first.
    """
    act = session.get(RegroupingRow, regrouping_id)
    if act is None or act.action == UNDONE:
        raise Permanent("There is no such join, merge or split.")
    if undone_by(session, [regrouping_id]):
        raise Permanent("This has been undone already.")
    if act.action == JOINED:
        return _undo_join(session, act, by)
    return _undo_move(session, act, by)


def _undo_join(session: Session, act: RegroupingRow, by: By) -> RegroupingRow:
    fingerprints = [*act.fingerprints, *followers(session, act)]
    issue = _locked(session, act.into_issue_id)
    _must_be_in(session, issue, fingerprints)
    if set(fingerprints) >= set(_ids(session, issue)):
        raise Permanent("Nothing else is left in this issue: there is nothing to take it from.")
    made = _split_off(session, issue, by.at)
    before = {"source": sights.kept(issue), "target": sights.kept(made)}
    _move(session, fingerprints, issue, made, by.at)
    sights.name_by_newest(session, made)
    for one in (issue, made):
        sights.see_again(session, one)
    because = f"a person took back: {act.because}"
    return _note(session, UNDONE, (issue, made), fingerprints, because, by, before, act.id)


def _undo_move(session: Session, act: RegroupingRow, by: By) -> RegroupingRow:
    assert act.from_issue_id is not None
    lower, upper = sorted((act.from_issue_id, act.into_issue_id))
    rows = {lower: _row(session, lower), upper: _row(session, upper)}
    home, away = rows[act.from_issue_id], rows[act.into_issue_id]
    fingerprints = [*act.fingerprints, *followers(session, act)]
    _must_be_in(session, away, fingerprints)
    before = {"source": sights.kept(away), "target": sights.kept(home)}
    _move(session, fingerprints, away, home, by.at)
    if act.action == MERGED:
        sights.restore(home, act.body["source"])
        sights.restore(away, act.body["target"])
    else:
        sights.restore(home, act.body["source"])
        sights.leave(away, home)
    for issue in (home, away):
        sights.seen_since(session, issue)
    session.add_all([home, away])
    because = f"a person took back: {act.because}"
    return _note(session, UNDONE, (away, home), fingerprints, because, by, before, act.id)


def followers(session: Session, act: RegroupingRow) -> list[int]:
    """Fingerprints that were joined later because they were like one of this act's: they go
    where it goes, unless their join was taken back."""
    later = session.exec(
        select(RegroupingRow)
        .where(
            RegroupingRow.project_id == act.project_id,
            RegroupingRow.action == JOINED,
            RegroupingRow.into_issue_id == act.into_issue_id,
            col(RegroupingRow.id) > (act.id or 0),
        )
        .order_by(col(RegroupingRow.id))
    ).all()
    undone = undone_by(session, [row.id or 0 for row in later])
    led, found = set(act.fingerprints), list[int]()
    for row in later:
        if row.id not in undone and row.body.get("like") in led:
            led.update(row.fingerprints)
            found += row.fingerprints
    return found


def undone_by(session: Session, ids: Sequence[int]) -> dict[int, int]:
    """Which of these acts were undone, and by which."""
    rows = select(RegroupingRow).where(col(RegroupingRow.undoes).in_(ids))
    return {row.undoes: row.id or 0 for row in session.exec(rows) if row.undoes is not None}


def _both(session: Session, source_id: int, target_id: int) -> tuple[IssueRow, IssueRow]:
    if source_id == target_id:
        raise Permanent("An issue cannot be merged into itself.")
    rows = {ident: _locked(session, ident) for ident in sorted((source_id, target_id))}
    source, target = rows[source_id], rows[target_id]
    if source.project_id != target.project_id:
        raise Permanent("Issues of two projects cannot be merged: each is counted by itself.")
    return source, target


def _locked(session: Session, issue_id: int) -> IssueRow:
    issue = _row(session, issue_id)
    if issue.merged_into is not None:
        raise Permanent(f"Number {issue.number} was merged into another issue. Open that one.")
    return issue


def _row(session: Session, issue_id: int) -> IssueRow:
    found = session.get(IssueRow, issue_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise Permanent("There is no such issue.")
    return found


def _ids(session: Session, issue: IssueRow) -> list[int]:
    mine = select(FingerprintRow.id).where(FingerprintRow.issue_id == issue.id)
    return [found or 0 for found in session.exec(mine.order_by(col(FingerprintRow.id)))]


def _must_be_in(session: Session, issue: IssueRow, fingerprints: Sequence[int]) -> None:
    if issue.merged_into is not None or not set(fingerprints) <= set(_ids(session, issue)):
        raise Permanent("Something was merged or split after this: undo that first.")


def _move(
    session: Session, moved: Sequence[int], source: IssueRow, target: IssueRow, now: datetime
) -> None:
    for issue in (source, target):
        parts.count_apart(session, issue, now)
        issue.apart_since = issue.apart_since or now
    parts.move(session, moved, source, target)


def _split_off(session: Session, issue: IssueRow, now: datetime) -> IssueRow:
    """An issue for what is split off, looking like the one it comes from until it has events."""
    parts.count_apart(session, issue, now)
    project = session.get_one(
        ProjectRow, issue.project_id, with_for_update=True, populate_existing=True
    )
    project.issues_made += 1
    like = {name: getattr(issue, name) for name in ("type", "value", "level", "platform")}
    made = IssueRow(
        project_id=issue.project_id,
        number=project.issues_made,
        culprit_frame=issue.culprit_frame,
        status=issue.status,
        first_seen=issue.first_seen,
        last_seen=issue.last_seen,
        first_environment=issue.first_environment,
        first_service=issue.first_service,
        wants_verdict=True,
        apart_since=now,
        **like,
    )
    session.add_all([project, made])
    session.flush()
    return made


def _note(
    session: Session,
    action: str,
    issues: tuple[IssueRow, IssueRow],
    fingerprints: Sequence[int],
    because: str,
    by: By,
    before: dict[str, Any],
    undoes: int | None = None,
) -> RegroupingRow:
    source, target = issues
    row = RegroupingRow(
        project_id=target.project_id,
        action=action,
        from_issue_id=source.id,
        into_issue_id=target.id or 0,
        fingerprints=list(fingerprints),
        because=because,
        account_id=by.account_id,
        at=by.at,
        undoes=undoes,
        body=before,
    )
    session.add(row)
    session.flush()
    return row
