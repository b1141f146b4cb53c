"""What is remembered of a long window of deploys is told anew as soon as something moved."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from correlator.store.tables import (
    FixAttemptRow,
    FollowedRow,
    IssueRow,
    LabelRow,
    ProjectRow,
    RollOutRow,
)
from tests.builders import NOW, an_issue
from tests.web.pages_site import Site
from tests.web.test_deploy_page import a_deploy, a_month, an_attempt
from web.deploys import delivery_memory

LONG_AGO = NOW - timedelta(days=300)


@pytest.fixture
def remembering(quick_site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site with a month of deploys that remembers any window, and has been looked at."""
    monkeypatch.setattr(delivery_memory, "MUCH", 1)
    quick_site.keep(a_month)
    quick_site.text("/delivery")
    return quick_site


def another_deploy(session: Session) -> None:
    a_deploy(session, "v9", 1)


def a_roll_out_looked_at_again(session: Session) -> None:
    row = session.exec(select(RollOutRow).order_by(RollOutRow.id)).first()
    assert row
    row.kind, row.looked_at = "re-run", NOW


def a_label_taken_back(session: Session) -> None:
    session.execute(sa.delete(LabelRow))


def an_issue_resolved(session: Session) -> None:
    """In place of the label, which says the same."""
    a_label_taken_back(session)
    session.get_one(IssueRow, 1).status = "resolved"
    session.get_one(IssueRow, 1).verdict_id = None


def a_fix(session: Session) -> None:
    an_attempt(session, "v1", "held", 1)


@pytest.mark.parametrize(
    "change",
    [another_deploy, a_roll_out_looked_at_again, a_label_taken_back, an_issue_resolved, a_fix],
)
def test_it_says_what_a_process_that_remembers_nothing_says(
    remembering: Site, change: Callable[[Session], None]
) -> None:
    _is_told_anew(remembering, change)


def test_a_merge_and_a_fix_that_is_judged_anew_in_place_are_told_too(remembering: Site) -> None:
    def tried(session: Session) -> None:
        an_issue(session, session.get_one(ProjectRow, 1), number=2, first_seen=LONG_AGO)
        an_attempt(session, "v1", "came back", 1)
        session.add(FollowedRow(issue_id=1, at=NOW))

    def judged_anew(session: Session) -> None:
        session.exec(select(FixAttemptRow)).one().confirmed = False
        session.exec(select(FollowedRow)).one().at = NOW + timedelta(minutes=1)

    def merged(session: Session) -> None:
        session.get_one(IssueRow, 1).merged_into = 2

    remembering.keep(tried)
    _is_told_anew(remembering, judged_anew)
    _is_told_anew(remembering, merged)


def _is_told_anew(remembering: Site, change: Callable[[Session], None]) -> None:
    before = remembering.twin("/delivery.json")
    assert remembering.twin("/delivery.json") == before
    remembering.keep(change)
    after = remembering.twin("/delivery.json")
    remembering.app.extensions.pop("correlator.delivered")
    assert after == remembering.twin("/delivery.json") != before


def test_a_second_look_goes_through_no_incident(remembering: Site) -> None:
    known = remembering.app.extensions["correlator.delivered"]
    (kept,) = known.values()
    remembering.text("/delivery/deploys?which=failed")
    remembering.text("/delivery.csv")
    assert [one[1] for one in known.values()] == [kept[1]]
    assert next(iter(known.values()))[1] is kept[1]
