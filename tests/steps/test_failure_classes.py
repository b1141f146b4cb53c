"""Failure classes: found over services, kept through refits, taught by people, placed at once."""

import subprocess
import sys
from collections.abc import Callable

import pytest
from sqlmodel import col, select

from correlator.errors import Permanent
from correlator.steps import drain, run
from correlator.steps.refit_classes import refit_now
from correlator.store.classes import failure_classes
from correlator.store.classes import lessons as class_lessons
from correlator.store.classes.lessons import By
from correlator.store.session import reading, transaction
from correlator.store.tables import (
    ClassEventRow,
    ClassModelRow,
    FailureClassRow,
    IssueRow,
)
from correlator.types import Next
from correlator.world import World
from tests.deliveries import AT, a_project_id, an_event, deliver_event

BY = By(None, AT)


def priced(service: str) -> dict[str, object]:
    """A failure of pricing, which every service carries its own copy of."""
    frames = [
        {"module": f"{service}.views", "function": "show", "filename": f"{service}/views.py"},
        {"module": f"{service}.pricing", "function": "total", "filename": f"{service}/pricing.py",
         "context_line": "return row.price * count"},
    ]  # fmt: skip
    event = an_event(kind="AttributeError", frames=[{**one, "in_app": True} for one in frames])
    event["exception"]["values"][0]["value"] = "'NoneType' object has no attribute 'price'"
    return event


def read_feed(service: str) -> dict[str, object]:
    """A failure of something else, of the same type."""
    frame = {"module": f"{service}.feeds", "function": "parse_row", "filename": "feeds.py",
             "context_line": "return cells.pop().strip()", "in_app": True}  # fmt: skip
    event = an_event(kind="AttributeError", frames=[frame])
    event["exception"]["values"][0]["value"] = "'NoneType' object has no attribute 'strip'"
    return event


def arrive(world: World, name: str, make: Callable[[str], dict[str, object]]) -> int:
    """An issue of a service of its own, worked on; its number."""
    project = a_project_id(world, name)
    deliver_event(world, project, make(name), AT)
    drain(world, Next("digest"))
    with reading(world.engine) as session:
        return session.exec(select(IssueRow).where(IssueRow.project_id == project)).one().id or 0


@pytest.fixture
def six(world: World) -> World:
    """Six services in which pricing failed, and a lone other failure; refitted once."""
    for number in range(6):
        arrive(world, f"priced-{number}", priced)
    arrive(world, "other", read_feed)
    refit_now(world)
    return world


def classes(world: World) -> list[FailureClassRow]:
    with reading(world.engine) as session:
        return list(session.exec(select(FailureClassRow).order_by(col(FailureClassRow.id))))


def members(world: World, class_id: int) -> list[int]:
    with reading(world.engine) as session:
        return class_lessons.members(session, class_id)


def test_the_same_mistake_in_six_services_is_one_class_that_says_what_and_where(
    six: World,
) -> None:
    (found,) = classes(six)
    assert found.name == "Null where price was assumed — pricing.total"
    assert "all 6 crash in pricing.total" in found.sentence
    assert len(members(six, found.id or 0)) == 6
    with reading(six.engine) as session:
        member = failure_classes.member_of(session, 1)
    assert member is not None
    assert member.because.startswith("shares the crash in pricing.total")


def test_failures_that_share_a_type_and_nothing_more_are_no_class(world: World) -> None:
    for number in range(8):

        def alone(service: str, number: int = number) -> dict[str, object]:
            event = read_feed(service)
            frame = event["exception"]["values"][0]["stacktrace"]["frames"][0]  # type: ignore[index]
            frame.update(
                module=f"m{number}.part{number}", function=f"f{number}", context_line=f"x{number}()"
            )
            event["exception"]["values"][0]["value"] = f"'T{number}' has no attribute 'a{number}'"  # type: ignore[index]
            return event

        arrive(world, f"alone-{number}", alone)
    assert refit_now(world)["classes"] == 0


def test_four_alike_are_not_enough_for_a_class(world: World) -> None:
    for number in range(4):
        arrive(world, f"priced-{number}", priced)
    assert refit_now(world)["classes"] == 0


def test_a_new_issue_is_placed_without_a_refit_and_says_why(six: World) -> None:
    issue = arrive(six, "priced-new", priced)
    with reading(six.engine) as session:
        member = failure_classes.member_of(session, issue)
    assert member is not None
    assert (member.class_id, member.placed_by) == (1, "assigned")
    assert "pricing.total" in member.because


def test_placing_loads_no_numeric_library() -> None:
    program = (
        "import sys, correlator.steps.assign, web.app\n"
        "assert not {'numpy', 'scipy', 'sklearn'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=100)


def test_a_class_keeps_its_number_and_its_name_through_refits(six: World) -> None:
    with transaction(six.engine) as session:
        class_lessons.rename(session, 1, "Prices of what is gone", BY)
    for number in range(3):
        arrive(six, f"late-{number}", priced)
    refit_now(six)
    (found,) = classes(six)
    assert (found.id, found.name) == (1, "Prices of what is gone")
    assert len(members(six, 1)) == 9
    told = refit_now(six)
    assert told["kept_their_class"] == 1.0
    with reading(six.engine) as session:
        what = [row.what for row in session.exec(select(ClassEventRow))]
    assert what == ["born", "renamed"]


def test_an_issue_that_a_person_took_out_stays_out_until_that_is_taken_back(six: World) -> None:
    out = members(six, 1)[0]
    with transaction(six.engine) as session:
        lesson = class_lessons.not_here(session, 1, out, BY)
    refit_now(six)
    run(six, Next("assign", (out,)))
    assert out not in members(six, 1)
    with transaction(six.engine) as session:
        class_lessons.undo(session, lesson.id or 0, BY)
    assert out in members(six, 1)


def test_an_issue_that_a_person_put_in_stays_in(six: World) -> None:
    other = 7
    with transaction(six.engine) as session:
        class_lessons.belongs(session, 1, other, BY)
    refit_now(six)
    assert other in members(six, 1)


def test_a_split_is_kept_through_refits_and_undone_exactly(six: World) -> None:
    before = members(six, 1)
    with transaction(six.engine) as session:
        lesson = class_lessons.split(session, 1, before[:2], BY)
    refit_now(six)
    made = lesson.other_id or 0
    assert (members(six, made), members(six, 1)) == (before[:2], before[2:])
    with transaction(six.engine) as session:
        class_lessons.undo(session, lesson.id or 0, BY)
    assert members(six, 1) == before


def test_what_a_person_says_is_no_class_does_not_come_back(six: World) -> None:
    with transaction(six.engine) as session:
        class_lessons.dismiss(session, 1, BY)
    issue = arrive(six, "priced-new", priced)
    refit_now(six)
    with reading(six.engine) as session:
        assert failure_classes.class_of(session, issue) is None
    assert [row.state for row in classes(six)] == ["dismissed"]


def test_merged_classes_stay_one_and_part_again_when_that_is_taken_back(world: World) -> None:
    for number in range(5):
        arrive(world, f"priced-{number}", priced)
        arrive(world, f"feed-{number}", read_feed)
    refit_now(world)
    first, second = (members(world, one) for one in (1, 2))
    assert (len(first), len(second)) == (5, 5)
    with transaction(world.engine) as session:
        lesson = class_lessons.merge(session, 2, 1, BY)
    refit_now(world)
    assert members(world, 1) == sorted(first + second)
    with transaction(world.engine) as session:
        class_lessons.undo(session, lesson.id or 0, BY)
    assert (members(world, 1), members(world, 2)) == (first, second)


def test_the_same_rows_give_the_same_model(six: World) -> None:
    refit_now(six)
    refit_now(six)
    with reading(six.engine) as session:
        last = [row.body for row in session.exec(select(ClassModelRow))][-2:]
    assert last[0] == last[1]


def test_a_model_that_was_changed_places_nothing_and_that_is_reported(six: World) -> None:
    with transaction(six.engine) as session:
        row = session.exec(select(ClassModelRow)).one()
        row.body = row.body.replace('"reach": 0', '"reach": 1', 1)
        session.add(row)
    heard: list[BaseException] = []
    issue = arrive(World(six.settings, six.engine, report=heard.append), "late", priced)
    with reading(six.engine) as session:
        assert failure_classes.member_of(session, issue) is None
    assert isinstance(heard[0], Permanent)
    assert "correlator classes refit" in str(heard[0])
