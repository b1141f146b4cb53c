"""Previews of reports over busy weeks: a worker writes them, the page says as of when they are."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from correlator.steps import drain
from correlator.store.people.erased_words import Words, forget_in_what_was_learnt
from correlator.store.tables import IssueRow, PreviewRow
from correlator.store.weeks import previews
from correlator.types import Scope
from tests import weeks
from tests.web.pages_site import Site
from tests.web.test_reports import follow_all

PREVIEW = "/reports/preview?week=2026-W47"
TWIN = "/reports/preview.json?week=2026-W47"


@pytest.fixture
def busy(quick_site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A week that holds too much for a page to count while somebody waits."""
    monkeypatch.setattr(previews, "FEW", 1)
    quick_site.keep(weeks.bad_week)
    return quick_site


def work(site: Site, later: timedelta = timedelta()) -> None:
    """A worker does what the pages woke it for."""
    world = replace(site.world, now=lambda: site.world.now() + later)
    drain(world, *site.woken)
    site.woken.clear()


def more_events(session: Session) -> None:
    issue = session.exec(select(IssueRow)).first()
    assert issue is not None
    weeks.events_at(session, issue, weeks.MONDAY + timedelta(days=3), 7)


def age(session: Session) -> None:
    """The preview was written six minutes ago."""
    row = session.exec(select(PreviewRow)).one()
    assert row.as_of is not None
    row.as_of -= timedelta(minutes=6)
    session.add(row)


def test_a_busy_week_that_nobody_asked_for_is_worked_out_by_a_worker(busy: Site) -> None:
    assert "This is being worked out" in busy.text(PREVIEW)
    assert [one.step for one in busy.woken] == ["preview"]
    assert busy.client.get("/reports/preview/lists/issues?week=2026-W47").status_code == 503
    work(busy)
    assert "as of" in busy.text(PREVIEW)
    assert not busy.woken


def test_a_prepared_preview_tells_what_a_live_one_tells(
    busy: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy.text(PREVIEW)
    work(busy)
    prepared = busy.twin(TWIN)
    monkeypatch.setattr(previews, "FEW", 5_000)
    live = busy.twin(TWIN)
    assert live["as_of"] is None
    assert {**prepared, "as_of": None} == live


def test_every_number_of_a_prepared_preview_leads_to_its_list(busy: Site) -> None:
    busy.text(PREVIEW)
    work(busy)
    follow_all(busy, PREVIEW)


def test_a_preview_stands_for_some_minutes_and_is_written_anew_while_the_old_one_shows(
    busy: Site,
) -> None:
    busy.text(PREVIEW)
    work(busy)
    before = busy.twin(TWIN)
    busy.keep(more_events)
    assert busy.twin(TWIN) == before
    busy.keep(age)
    old = busy.twin(TWIN)
    assert old["facts"] == before["facts"]
    assert old["as_of"] < before["as_of"]
    work(busy)
    now = busy.twin(TWIN)
    assert now["facts"] != before["facts"]
    assert now["as_of"] == before["as_of"]


def test_two_workers_do_not_write_the_same_preview(busy: Site) -> None:
    busy.text(PREVIEW)
    busy.keep(lambda session: previews.claim(session, busy.woken[0].ids[0], busy.world.now()))
    work(busy)
    assert busy.twin(TWIN)["state"] == "waiting"
    busy.text(PREVIEW)
    # A worker that died is not waited for.
    work(busy, timedelta(minutes=6))
    assert busy.twin(TWIN)["state"] == "ready"


def test_what_is_erased_stays_in_no_preview(busy: Site) -> None:
    busy.text(PREVIEW)
    work(busy)
    busy.keep(lambda session: forget_in_what_was_learnt(session, Words("ana@example.org")))
    busy.keep(lambda session: _none_is_left(session))


def test_what_a_worker_wrote_goes_into_no_other_preview_that_got_its_number(busy: Site) -> None:
    busy.text(PREVIEW)
    (number,) = busy.woken[0].ids
    busy.keep(lambda session: previews.claim(session, number, busy.world.now()))
    busy.keep(lambda session: forget_in_what_was_learnt(session, Words("ana@example.org")))
    busy.text(PREVIEW)
    told = {"title": "of another time", "lists": {}}
    busy.keep(lambda session: previews.keep(session, number, told, busy.world.now()))
    assert busy.twin(TWIN)["state"] == "waiting"


def _none_is_left(session: Session) -> None:
    assert session.exec(select(PreviewRow)).all() == []


def test_previews_that_nobody_looks_at_go(busy: Site) -> None:
    busy.text(PREVIEW)
    later = busy.world.now() + timedelta(days=3)
    asked = previews.Asked(plan="", week="2026-W46", zone="UTC", scope=Scope())
    busy.keep(lambda session: previews.ask(session, asked, later))
    rows = busy.keep(lambda session: [one.key for one in session.exec(select(PreviewRow))])
    assert rows == [asked.key]
