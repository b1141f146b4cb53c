"""Who wrote a traced line before its last writer, and which frames are only on the way."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from correlator.ranking.carried import carriers
from correlator.ranking.case import Candidate, Case, Touch
from correlator.ranking.rank import findings
from correlator.types import Event, Frame, Hunk, Raised
from tests.rooms.test_ranking import a_candidate, a_case, a_patch, a_place

HUNK = Hunk(10, 1, 10, 1, ("a",), ("b",))
STATEMENT = "'SELECT id FROM carts WHERE total > 3'"


def touching(digit: str, gap: int, rewritten: int = 0) -> Candidate:
    one = a_candidate(digit, 0, a_patch("shop/cart.py"))
    return replace(one, touches=(Touch(0, 1, HUNK, gap, rewritten),))


def refused(*locals_of: dict[str, str]) -> Event:
    """A database's error; the locals of its frames, nearest first."""
    frames = tuple(
        Frame(filename=f"shop/f{depth}.py", function=f"f{depth}", lineno=10, variables=variables)
        for depth, variables in reversed(list(enumerate(locals_of)))
    )
    raised = Raised(type="OperationalError", value="no such column", frames=frames)
    at = datetime(2026, 11, 21, tzinfo=UTC)
    return Event(event_id="0" * 32, at=at, exceptions=(raised,))


def test_whoever_wrote_the_line_before_its_last_writer_is_evidence_too() -> None:
    case = a_case([touching("a", 0), touching("b", 0, 1), touching("c", 2)])
    last, before, beside = (findings(case, one).get("changed-line") for one in case.candidates)
    assert last is not None
    assert before is not None
    assert last.strength > before.strength > 0
    assert "written anew once since" in before.because
    assert beside is None


def test_frames_that_hold_the_refused_statement_already_are_only_on_the_way() -> None:
    event = refused(
        {"query": STATEMENT, "self": "<Cursor>"},
        {"error": "OperationalError('no')"},
        {"sql": STATEMENT},
        {"sql": STATEMENT, "cursor": "<Cursor>"},
        {"queryset": "<QuerySet>"},
    )
    assert carriers(event) == {(0, 0), (0, 1), (0, 2)}


def test_without_locals_nobody_is_said_to_carry() -> None:
    assert carriers(refused({}, {})) == frozenset()


def a_refused_case(*candidates: Candidate, ranged: bool = False) -> Case:
    event = refused({"query": STATEMENT}, {"sql": STATEMENT}, {"self": "<Query>"})
    carrier = replace(a_place("shop/driver.py"), name="execute", depth=0)
    text = {9: "def run(self):", 10: "    sql = self.compile()", 11: "    execute(sql)"}
    composer = replace(
        a_place("shop/compiler.py", key=1), name="run", depth=1, lines=(11,), text=text
    )
    case = a_case(candidates, [carrier, composer], ranged=ranged)
    return replace(case, event=event)


def test_a_carrying_frame_counts_less_than_the_one_that_composed_the_statement() -> None:
    case = a_refused_case(a_candidate("a", 0))
    assert case.carrying == {0}
    assert case.near(case.places[0]) < case.near(case.places[1])


def test_who_changed_what_composed_a_refused_statement_is_looked_at_without_a_range() -> None:
    hunk = Hunk(5, 1, 5, 1, ("a",), ("b",), "def compile(self):")
    patch = replace(a_patch("shop/parts.py"), hunks=(hunk,))
    case = a_refused_case(a_candidate("a", 0, patch), a_candidate("b", 1, a_patch("x/y.py")))
    assert "compile()" in findings(case, case.candidates[0])["called-function"].because
    assert "called-function" not in findings(case, case.candidates[1])


@pytest.mark.parametrize(
    "shown",
    [
        "<shop.carts.Cart object at 0x7f00>",
        "<class 'shop.carts.Cart'>",
        "<shop.carts.Cart: three books>",
        "[<shop.carts.Cart object>]",
    ],
)
def test_who_changed_the_class_of_an_object_in_the_locals_is_evidence(shown: str) -> None:
    maker = a_candidate("a", 0, a_patch("src/shop/carts.py"))
    other = a_candidate("b", 1, a_patch("src/workshop/carts.py"))
    case = a_case([maker, other])
    frame = replace(case.event.trace[0], variables={"self": shown})
    raised = replace(case.event.exceptions[0], frames=(frame,))
    case = replace(case, event=replace(case.event, exceptions=(raised,)))
    assert "Cart" in findings(case, case.candidates[0])["held-object"].because
    assert "held-object" not in findings(case, case.candidates[1])


def test_the_traced_file_itself_is_not_counted_again_for_its_objects() -> None:
    case = a_case([a_candidate("a", 0, a_patch("shop/cart.py"))])
    frame = replace(case.event.trace[0], variables={"self": "<shop.cart.Cart object>"})
    raised = replace(case.event.exceptions[0], frames=(frame,))
    case = replace(case, event=replace(case.event, exceptions=(raised,)))
    assert "held-object" not in findings(case, case.candidates[0])
