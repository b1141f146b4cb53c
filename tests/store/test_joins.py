"""Merges, splits and joins move exactly what came in under a fingerprint, and back."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.errors import Permanent
from correlator.grouping import fingerprint, join, v1
from correlator.store.cycles import users_until
from correlator.store.issues import join_reads, joins
from correlator.store.issues.joins import By
from correlator.store.issues.kept import Kept, keep_event
from correlator.store.tables import (
    EventRow,
    FingerprintRow,
    FollowedRow,
    HitRow,
    IssueRow,
    ProjectRow,
    RegroupingRow,
    TallyRow,
)
from correlator.types import Event, Frame, Raised
from tests.builders import NOW, a_project, an_account

BY = By(None, NOW)


@pytest.fixture
def session(engine: sa.Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as session:
        yield session
        session.rollback()


@pytest.fixture
def project(session: Session) -> ProjectRow:
    return a_project(session)


def an_event(
    number: int, function: str = "total", *, value: str = "", user: str | None = None, **more: Any
) -> Event:
    frames = tuple(
        Frame(filename="shop/cart.py", module="shop.cart", function=name, in_app=True)
        for name in ("main", function)
    )
    given: dict[str, Any] = {"release": "shop@1", **more}
    return Event(
        event_id=f"{number:032x}",
        at=NOW - timedelta(hours=100 - number),
        exceptions=(Raised(type="CartError", value=value, frames=frames),),
        user=user,
        **given,
    )


def kept(session: Session, project: ProjectRow, event: Event) -> Kept:
    return keep_event(session, project, event, fingerprint(event), NOW, join)


def state(session: Session, *issue_ids: int) -> list[Any]:
    """All that an issue is: its row but for its bookkeeping, tallies, users, fingerprints."""
    session.flush()
    skipped = {"apart_since", "leased_until", "attempts"}
    found: list[Any] = []
    for ident in issue_ids:
        row = session.get_one(IssueRow, ident, populate_existing=True)
        found.append({k: v for k, v in row.model_dump().items() if k not in skipped})
        tallies = session.exec(select(TallyRow).where(TallyRow.issue_id == ident))
        found.append(sorted((t.hour, t.release, t.service, t.events) for t in tallies))
        hits = session.exec(select(HitRow.user).where(HitRow.issue_id == ident))
        found.append(sorted(str(user) for user in hits))
        for table in (EventRow, FingerprintRow):
            ids = session.exec(select(table.id).where(table.issue_id == ident))
            found.append(sorted(each or 0 for each in ids))
    return found


def two_issues(session: Session, project: ProjectRow) -> tuple[int, int]:
    """One seen since hour 1 by ana and ben, one since hour 3 by ben and cem."""
    for number, user in ((1, "ana"), (2, "ben")):
        first = kept(session, project, an_event(number, "total", user=user))
    for number, someone in ((3, "ben"), (4, "cem"), (5, None)):
        second = kept(session, project, an_event(number, "price", user=someone))
    assert first.issue_id != second.issue_id
    return first.issue_id, second.issue_id


def act(session: Session, action: str) -> RegroupingRow:
    rows = select(RegroupingRow).where(RegroupingRow.action == action)
    return session.exec(rows.order_by(col(RegroupingRow.id).desc())).first()  # type: ignore[return-value]


def test_users_who_went_with_a_split_are_not_counted_before_action_any_more(
    session: Session, project: ProjectRow
) -> None:
    early, late = two_issues(session, project)
    moved = list(session.exec(select(FingerprintRow.id).where(FingerprintRow.issue_id == late)))
    joins.merge(session, late, early, BY)
    issue = session.get_one(IssueRow, early)
    before = users_until(session, issue, NOW)
    session.add(FollowedRow(issue_id=early, at=NOW, acted_at=NOW, users_before_action=before))
    session.flush()
    joins.split(session, early, [one or 0 for one in moved], BY)
    session.expire_all()
    assert (before, users_until(session, issue, NOW)) == (3, 2)


def test_a_near_duplicate_is_joined_with_its_reason(session: Session, project: ProjectRow) -> None:
    one = kept(session, project, an_event(1, value="cart of ann cannot be priced"))
    two = kept(session, project, an_event(2, value="cart of bob cannot be priced"))
    assert two.issue_id == one.issue_id
    assert not two.wants_verdict
    assert act(session, "joined").because == (
        "same CartError and crash function, no frame differs; most words of the message agree"
    )


def test_a_join_that_is_taken_back_moves_its_own_events_and_is_not_made_again(
    session: Session, project: ProjectRow
) -> None:
    one = kept(session, project, an_event(1, value="cart of ann cannot be priced", user="ana"))
    kept(session, project, an_event(2, value="cart of bob cannot be priced", user="ben"))
    kept(session, project, an_event(3, value="cart of bob cannot be priced", user="ana"))
    undone = joins.undo(session, act(session, "joined").id or 0, BY)
    left, made = (session.get_one(IssueRow, i) for i in (one.issue_id, undone.into_issue_id))
    assert (left.times_seen, left.users_seen) == (1, 1)
    assert (made.times_seen, made.users_seen, made.number) == (2, 2, 2)
    assert made.value == "cart of bob cannot be priced"
    assert made.wants_verdict
    again = kept(session, project, an_event(4, value="cart of bob cannot be priced"))
    assert again.issue_id == made.id
    nearer = kept(session, project, an_event(5, value="cart of bob cannot ever be priced"))
    assert nearer.issue_id == made.id


def test_what_was_joined_because_of_a_join_goes_along_when_that_is_taken_back(
    session: Session, project: ProjectRow
) -> None:
    for number, text in enumerate(("aa bb cc dd", "aa bb cc xx", "aa cc xx yy"), 1):
        last = kept(session, project, an_event(number, value=text))
    assert session.get_one(IssueRow, last.issue_id).times_seen == 3
    first = session.exec(select(RegroupingRow).order_by(col(RegroupingRow.id))).first()
    assert first is not None
    made = joins.undo(session, first.id or 0, BY).into_issue_id
    assert session.get_one(IssueRow, made).times_seen == 2


def test_a_merge_moves_everything_and_the_earlier_first_sight_counts(
    session: Session, project: ProjectRow
) -> None:
    early, late = two_issues(session, project)
    joins.merge(session, early, late, BY)
    left, into = (session.get_one(IssueRow, i, populate_existing=True) for i in (early, late))
    assert (into.times_seen, into.users_seen) == (5, 3)
    assert into.first_seen == NOW - timedelta(hours=99)
    assert (left.times_seen, left.status, left.merged_into) == (0, "merged", late)
    events = select(sa.func.sum(TallyRow.events)).where(TallyRow.issue_id == late)
    assert session.exec(events).one() == 5


def test_a_merge_teaches_the_next_event(session: Session, project: ProjectRow) -> None:
    early, late = two_issues(session, project)
    joins.merge(session, early, late, BY)
    assert kept(session, project, an_event(9, "total")).issue_id == late


def test_undoing_a_merge_restores_exactly_what_was(session: Session, project: ProjectRow) -> None:
    early, late = two_issues(session, project)
    before = state(session, early, late)
    merged = joins.merge(session, early, late, BY)
    assert state(session, early, late) != before
    joins.undo(session, merged.id or 0, BY)
    assert state(session, early, late) == before


def test_undoing_a_merge_takes_what_has_come_in_since_along(
    session: Session, project: ProjectRow
) -> None:
    early, late = two_issues(session, project)
    merged = joins.merge(session, early, late, BY)
    kept(session, project, an_event(50, "total", user="dan"))
    joins.undo(session, merged.id or 0, BY)
    home = session.get_one(IssueRow, early, populate_existing=True)
    assert (home.times_seen, home.users_seen) == (3, 3)
    assert home.last_seen == NOW - timedelta(hours=50)
    assert kept(session, project, an_event(51, "total")).issue_id == early


def test_a_split_and_its_undoing(session: Session, project: ProjectRow) -> None:
    early, late = two_issues(session, project)
    joins.merge(session, late, early, BY)
    before = state(session, early)
    issue = session.get_one(IssueRow, early)
    parts = join_reads.parts_of(session, issue)
    out = [part.fingerprint.id or 0 for part in parts if part.where.endswith("price")]
    split = joins.split(session, early, out, BY)
    made = session.get_one(IssueRow, split.into_issue_id)
    assert (made.times_seen, made.users_seen, made.culprit_frame) == (3, 2, "shop.cart:price")
    assert kept(session, project, an_event(3, "price")).issue_id == made.id
    joins.undo(session, split.id or 0, BY)
    assert state(session, early) == before
    assert session.get_one(IssueRow, made.id).merged_into == early


def test_counts_are_parted_exactly_after_the_events_are_gone(
    session: Session, project: ProjectRow
) -> None:
    early, late = two_issues(session, project)
    merged = joins.merge(session, early, late, BY)
    session.execute(sa.delete(EventRow).where(col(EventRow.issue_id) == late))
    joins.undo(session, merged.id or 0, BY)
    counts = [session.get_one(IssueRow, i, populate_existing=True) for i in (early, late)]
    assert [(one.times_seen, one.users_seen) for one in counts] == [(2, 2), (3, 2)]


def test_what_a_preview_says_is_what_moves(session: Session, project: ProjectRow) -> None:
    early, late = two_issues(session, project)
    rows = [session.get_one(IssueRow, i) for i in (early, late)]
    moves = join_reads.merge_moves(session, rows[0], rows[1])
    assert (moves.events, moves.kept, moves.users, moves.new_users) == (2, 2, 2, 1)
    assert (moves.hours, moves.fingerprints) == (2, 1)
    joins.merge(session, early, late, BY)
    parts = join_reads.parts_of(session, rows[1])
    assert [(part.events, part.users) for part in parts] == [(2, 2), (3, 2)]
    out = join_reads.split_moves(session, rows[1], [parts[1].fingerprint.id or 0])
    assert (out.events, out.users, out.fingerprints) == (3, 2, 1)


def test_acts_are_undone_in_order_or_not_at_all(session: Session, project: ProjectRow) -> None:
    early, late = two_issues(session, project)
    third = kept(session, project, an_event(6, "ship")).issue_id
    first = joins.merge(session, early, late, BY)
    second = joins.merge(session, late, third, BY)
    with pytest.raises(Permanent, match="undo that first"):
        joins.undo(session, first.id or 0, BY)
    joins.undo(session, second.id or 0, BY)
    joins.undo(session, first.id or 0, BY)
    assert [session.get_one(IssueRow, i).times_seen for i in (early, late, third)] == [2, 3, 1]
    with pytest.raises(Permanent, match="undone already"):
        joins.undo(session, first.id or 0, BY)


def test_what_cannot_be_merged_or_split_says_why(session: Session, project: ProjectRow) -> None:
    early, late = two_issues(session, project)
    other = kept(session, a_project(session, "blog"), an_event(7)).issue_id
    for pair, why in (((early, early), "itself"), ((early, other), "two projects")):
        with pytest.raises(Permanent, match=why):
            joins.merge(session, *pair, BY)
    with pytest.raises(Permanent, match="one must stay behind"):
        joins.split(session, early, [1], BY)
    joins.merge(session, early, late, BY)
    with pytest.raises(Permanent, match="was merged into another"):
        joins.merge(session, early, late, BY)


def test_acts_say_who_and_when(session: Session, project: ProjectRow) -> None:
    early, late = two_issues(session, project)
    account = an_account(session)
    joins.merge(session, early, late, By(account.id, NOW))
    (told,) = join_reads.acts_of(session, late)
    assert (told.by, told.row.at, told.undone_by) == (account.email, NOW, None)
    assert told.other is not None
    assert told.other.id == early


def test_a_new_recipe_never_splits_what_an_older_one_knew(
    session: Session, project: ProjectRow
) -> None:
    old = keep_event(
        session, project, an_event(1, value="aa"), v1.fingerprint(an_event(1, value="aa")), NOW
    )
    for number, text in ((2, "bb"), (3, "cc dd"), (4, "bb")):
        assert kept(session, project, an_event(number, value=text)).issue_id == old.issue_id
    rows = session.exec(select(FingerprintRow.version).order_by(col(FingerprintRow.id))).all()
    assert rows == [1, 2, 2]
    issue = session.get_one(IssueRow, old.issue_id)
    parts = join_reads.parts_of(session, issue)
    assert [part.events for part in parts] == [0, 3, 1]
    split = joins.split(session, old.issue_id, [parts[2].fingerprint.id or 0], BY)
    assert session.get_one(IssueRow, split.into_issue_id).times_seen == 1
    assert kept(session, project, an_event(5, value="cc dd")).issue_id == split.into_issue_id


def test_an_issue_with_one_fingerprint_is_not_counted_twice(
    session: Session, project: ProjectRow
) -> None:
    one = kept(session, project, an_event(1))
    assert session.get_one(IssueRow, one.issue_id).apart_since is None
    (part,) = join_reads.parts_of(session, session.get_one(IssueRow, one.issue_id))
    assert (part.events, part.users, part.kept) == (1, 0, 1)


def test_what_somebody_said_belongs_together_is_never_guessed_at(
    session: Session, project: ProjectRow
) -> None:
    def own(number: int, text: str, mark: str) -> Event:
        return replace(an_event(number, value=text), fingerprint=("{{ default }}", mark))

    one = kept(session, project, own(1, "cart of ann cannot be priced", "eu"))
    two = kept(session, project, own(2, "cart of bob cannot be priced", "us"))
    assert one.issue_id != two.issue_id
