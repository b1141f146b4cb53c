"""Evidence that is too rare to be weighed by cases: rules, each with its sentence."""

from dataclasses import replace

import pytest

from correlator.ranking.calls import hands_on
from correlator.ranking.case import Case, Touch
from correlator.ranking.rank import findings, rank
from correlator.types import Frame, Hunk, Raised
from tests.rooms.test_ranking import CRASH, a_candidate, a_case, a_patch, a_place, others


def raising(case: Case, kind: str, value: str) -> Case:
    raised = Raised(type=kind, value=value, frames=case.event.trace)
    return replace(case, event=replace(case.event, exceptions=(raised,)))


def test_a_change_of_layout_alone_comes_last() -> None:
    layout = replace(
        a_candidate("a", 0, a_patch("shop/cart.py", added=(CRASH,))), same_program=True
    )
    plain = a_candidate("b", 1, a_patch("shop/cart.py"))
    verdict = rank(a_case([layout, plain]))
    assert [suspect.sha[0] for suspect in verdict.suspects] == ["b", "a"]


def test_what_was_taken_back_before_the_deploy_is_not_accused() -> None:
    culprit = a_candidate("a", 1, a_patch("shop/cart.py", added=(CRASH,)))
    back = a_candidate("b", 0, a_patch("shop/cart.py", removed=(CRASH,)))
    message = f'Revert "change"\n\nThis reverts commit {"a" * 40}.'
    back = replace(back, commit=replace(back.commit, message=message))
    case = a_case([back, culprit], [a_place(by="f")])
    assert "taken-back" in findings(case, case.candidates[1])
    assert rank(case).suspects[0].sha == "b" * 40


def test_what_githubs_button_reverted_is_not_accused_either() -> None:
    culprit = a_candidate("a", 1, a_patch("shop/cart.py", added=(CRASH,)))
    culprit = replace(culprit, commit=replace(culprit.commit, message="Faster carts (#17)"))
    back = a_candidate("b", 0, a_patch("shop/cart.py", removed=(CRASH,)))
    message = 'Revert "Faster carts" (#18)\n\nReverts acme/shop#17'
    back = replace(back, commit=replace(back.commit, message=message))
    case = a_case([back, culprit], [a_place(by="f")])
    assert "taken-back" in findings(case, case.candidates[1])
    assert "taken-back" not in findings(case, case.candidates[0])


def test_what_landed_again_is_accused_as_before() -> None:
    culprit = a_candidate("a", 2)
    back = a_candidate("b", 1)
    back = replace(back, commit=replace(back.commit, message=f"This reverts commit {'a' * 40}."))
    again = a_candidate("c", 0)
    again = replace(again, commit=replace(again.commit, message=f"This reverts commit {'b' * 40}."))
    case = a_case([again, back, culprit])
    assert "taken-back" in findings(case, case.candidates[1])
    assert "taken-back" not in findings(case, case.candidates[2])


@pytest.mark.parametrize(
    ("kind", "value", "path"),
    [
        ("ModuleNotFoundError", "No module named 'stripe'", "requirements.txt"),
        ("Error", "Cannot find module 'left-pad'", "package-lock.json"),
        ("OperationalError", "no such column: cart.weight", "shop/migrations/0007_weight.py"),
        ("UndefinedTable", 'relation "carts" does not exist', "db/schema.sql"),
        ("KeyError", "'PAYMENT_URL'", "deploy/values.yaml"),
        ("ImproperlyConfigured", "SECRET must be set", "shop/settings.py"),
    ],
)
def test_the_kind_of_file_that_causes_the_kind_of_failure_is_evidence(
    kind: str, value: str, path: str
) -> None:
    culprit = a_candidate("c", 0, a_patch(path))
    case = raising(a_case([culprit, *others(3)]), kind, value)
    assert findings(case, case.candidates[0])["fits-failure"].path == path
    assert "fits-failure" not in findings(case, case.candidates[1])
    assert "fits-failure" not in findings(a_case([culprit]), culprit)


def test_a_trace_that_ends_in_a_library_points_to_what_pins_it() -> None:
    pins = a_candidate("c", 0, a_patch("uv.lock"))
    case = a_case([pins])
    library = Frame(filename="requests/api.py", function="get", lineno=3, in_app=False)
    raised = Raised(type="TypeError", value="no", frames=(*case.event.trace, library))
    case = replace(case, event=replace(case.event, exceptions=(raised,)))
    assert "pins libraries" in findings(case, case.candidates[0])["fits-failure"].because


@pytest.mark.parametrize(
    ("removed", "added", "is_guard"),
    [
        ("    if cart is None:", "", True),
        ("    const total = cart?.total ?? 0;", "    const total = cart.total;", True),
        ("    result = await load(cart)", "    result = load(cart)", True),
        ("except KeyError:", "", True),
        ("    if cart is None:", "    if not cart or cart is None:", False),
        ("    total = cart.total", "", False),
    ],
)
def test_a_guard_that_went_is_evidence(removed: str, added: str, is_guard: bool) -> None:
    hunk = Hunk(10, 1, 10, int(bool(added)), (removed,), (added,) if added else ())
    culprit = replace(a_candidate("a", 0), touches=(Touch(0, 1, hunk),))
    assert ("removed-guard" in findings(a_case([culprit]), culprit)) is is_guard


def test_another_part_of_the_class_is_evidence() -> None:
    culprit = replace(a_candidate("a", 0), beside=frozenset({0}))
    case = a_case([culprit], [replace(a_place(), name="Cart.total", owner="Cart")])
    assert findings(case, culprit)["same-class"].because.endswith("the class Cart")


def test_another_function_of_the_same_name_may_be_its_override() -> None:
    hunk = Hunk(5, 0, 5, 1, (), ("x = 1",), "    def total(self):")
    patch = replace(a_patch("shop/gift.py"), hunks=(hunk,))
    culprit = a_candidate("a", 0, patch)
    case = a_case([culprit, *others(3)], [replace(a_place(), name="Cart.total")])
    assert "total()" in findings(case, case.candidates[0])["namesake"].because


def test_a_changed_signature_or_return_of_a_traced_function_is_evidence() -> None:
    signature = a_patch("x.py", ("def total(a):",), ("def total(a, b):",))
    hunk = Hunk(5, 1, 5, 1, ("    return a",), ("    return a, b",), "def total(a):")
    returned = replace(a_patch("x.py"), hunks=(hunk,))
    for patch, what in ((signature, "signature"), (returned, "return")):
        culprit = a_candidate("a", 0, patch)
        case = a_case([culprit], [replace(a_place(), name="total")])
        assert findings(case, culprit)["signature"].because == f"it changed the {what} of total()"


@pytest.mark.parametrize(
    ("source", "thin"),
    [
        ("def run(self, sql):\n    return self.cursor.execute(sql)", True),
        ("def run(*args, **kwargs):\n    return fn(*args, **kwargs)", True),
        ("def run(self, a):\n    return self.go(a, many=False, by=self.go)  # why", True),
        ("function run(a, b) {\n  return go(a, b);\n}", True),
        ("def run(cart):\n    return total(cart.size / 2)", False),
        ("def run(cart):\n    return total(other)", False),
        ("def run(cart):\n    return cart.total", False),
    ],
)
def test_a_frame_that_only_hands_on_is_told_apart(source: str, thin: bool) -> None:
    text = dict(enumerate(source.split("\n"), 1))
    assert hands_on(text, [2], len(text)) is thin


def test_who_wrote_transport_weighs_less_than_who_wrote_what_it_carries() -> None:
    carrier = {9: "def f(a):", 10: "    return g(a)", 11: "", 12: ""}
    places = [replace(a_place(by="a"), text=carrier), a_place(key=1, by="b")]
    transport, carried = (a_candidate(digit, 0, a_patch("shop/cart.py")) for digit in "ab")
    case = a_case([transport, carried], places)
    strengths = [findings(case, one)["blamed-line"].strength for one in case.candidates]
    assert strengths[0] < strengths[1]
