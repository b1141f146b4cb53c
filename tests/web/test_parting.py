"""A person splits some events off an issue, and the next event follows them."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from correlator.grouping import fingerprint, join
from correlator.grouping_marks import marks_of, telling
from correlator.store.issues.kept import keep_event
from correlator.store.issues.marks import narrowed
from correlator.store.session import reading, transaction
from correlator.store.tables import EventRow, IssueRow, MarkRow, ProjectRow
from correlator.types import Event, Frame, Raised
from tests import builders
from tests.web.pages_site import Site


def an_event(number: int, caller: str, **given: Any) -> Event:
    frames = tuple(
        Frame(filename="shop/a.py", module="shop.a", function=name, in_app=True)
        for name in (caller, "price")
    )
    return Event(
        event_id=f"{number:032x}",
        at=builders.NOW - timedelta(hours=9) + timedelta(minutes=number),
        release="shop@1",
        transaction=f"/{caller}",
        exceptions=(Raised(type="KeyError", value="'rate'", frames=frames),),
        user=f"{number % 3:032x}",
        **given,
    )


def keep(session: Session, event: Event) -> int:
    """As digest keeps it; the issue's number."""
    project = session.exec(select(ProjectRow)).first() or builders.a_project(session)
    known = narrowed(session, project.id or 0, fingerprint(event), event)
    return keep_event(session, project, event, known, builders.NOW, join).issue_id


@pytest.fixture
def mixed(site: Site) -> Site:
    """An issue of seven events: four by way of the cart, three by way of an import at night."""

    def build(session: Session) -> None:
        for number in range(7):
            caller = "cart" if number < 4 else "nightly"
            assert keep(session, an_event(number, caller)) == 1

    site.keep(build)
    return site


def ids(site: Site, *numbers: int) -> list[int]:
    with reading(site.world.engine) as session:
        wanted = [f"{number:032x}" for number in numbers]
        rows = select(EventRow.id).where(col(EventRow.event_id).in_(wanted))
        return [one or 0 for one in session.exec(rows)]


def counts(site: Site) -> dict[int | None, tuple[int, int]]:
    with reading(site.world.engine) as session:
        return {one.id: (one.times_seen, one.users_seen) for one in session.exec(select(IssueRow))}


def part(site: Site, mark: str) -> str:
    answer = site.post("/issues/1/part", {"mark": mark}, form_at="/issues/1/events")
    assert answer.status_code == 303, answer.text
    return answer.location


def test_what_tells_the_ticked_events_from_the_others_is_shown_first(mixed: Site) -> None:
    ticked = "&".join(f"event={one}" for one in ids(mixed, 4, 5))
    # A third one came by night as well, so that the way there does not tell the two apart.
    assert "Nothing tells them" in mixed.text(f"/issues/1/part?{ticked}")
    ticked += f"&event={ids(mixed, 6)[0]}"
    shown = mixed.twin(f"/issues/1/part.json?{ticked}")
    assert (shown["ticked"], shown["others"]) == (3, 4)
    assert [(one["name"], one["value"]) for one in shown["choices"]] == [
        ("transaction", "/nightly"),
        ("stack.function", "shop.a.nightly"),
    ]
    assert "called by way of" in mixed.text(f"/issues/1/part?{ticked}")


def test_the_split_moves_what_is_kept_and_the_next_event_follows(mixed: Site) -> None:
    assert part(mixed, "transaction=/nightly") == "/issues/2"
    assert counts(mixed) == {1: (4, 3), 2: (3, 3)}
    with transaction(mixed.world.engine) as session:
        assert keep(session, an_event(8, "nightly")) == 2
        assert keep(session, an_event(9, "cart")) == 1
    assert counts(mixed) == {1: (5, 3), 2: (4, 3)}
    acts = mixed.twin("/issues/2.json")["joined"]["acts"]
    assert "transaction is /nightly" in acts[0]["because"]


def test_it_is_undone_exactly_and_can_be_done_again(mixed: Site) -> None:
    part(mixed, "transaction=/nightly")
    with transaction(mixed.world.engine) as session:
        keep(session, an_event(8, "nightly"))
    undo = mixed.twin("/issues/2.json")["joined"]["acts"][0]["undo"]
    mixed.post(undo, {}, form_at="/issues/2")
    assert counts(mixed)[1] == (8, 3)
    with transaction(mixed.world.engine) as session:
        assert keep(session, an_event(9, "nightly")) == 1
    assert part(mixed, "transaction=/nightly") == "/issues/3"
    assert counts(mixed)[3] == (5, 3)
    with reading(mixed.world.engine) as session:
        assert len(session.exec(select(MarkRow)).all()) == 1


def test_users_of_whom_nothing_is_left_behind_go_along(quick_site: Site) -> None:
    def build(session: Session) -> None:
        keep(session, an_event(0, "cart"))
        keep(session, an_event(1, "nightly"))

    quick_site.keep(build)
    part(quick_site, "transaction=/nightly")
    assert counts(quick_site) == {1: (1, 1), 2: (1, 1)}


@pytest.mark.parametrize("mark", ["transaction=/nobody", "platform=other", "", "nonsense"])
def test_a_mark_that_takes_none_or_all_is_refused(mixed: Site, mark: str) -> None:
    answer = mixed.post("/issues/1/part", {"mark": mark}, form_at="/issues/1/events")
    assert answer.status_code == 409
    assert counts(mixed) == {1: (7, 3)}


def test_a_mark_is_in_all_of_the_ticked_and_in_none_of_the_others() -> None:
    first = an_event(1, "cart", tags={"region": "eu"}, environment="staging")
    second = an_event(2, "cart", tags={"region": "eu"}, environment="staging")
    other = an_event(3, "cart", tags={"region": "us"}, environment="staging")
    assert telling([marks_of(first), marks_of(second)], [marks_of(other)]) == [
        ("tags.region", "eu")
    ]
    assert telling([marks_of(first)], []) == []


def test_a_tag_whose_name_no_mark_can_hold_tells_nothing_apart() -> None:
    marks = marks_of(an_event(1, "cart", tags={"t" * 150: "x", "shop": "oslo"}))
    assert ("tags.shop", "oslo") in marks
    assert all(len(name) <= 100 for name, _ in marks)
