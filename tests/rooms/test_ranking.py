"""From a case to a verdict: what speaks for a commit, how sure we are, when we keep silent."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from correlator.errors import Permanent
from correlator.ranking.case import Candidate, Case, Place, Touch
from correlator.ranking.confidence import chances, platt
from correlator.ranking.rank import findings, rank
from correlator.ranking.signals import SIGNALS
from correlator.ranking.weights import parse_weights, shipped
from correlator.types import (
    Abstention,
    Commit,
    Event,
    FilePatch,
    Frame,
    Hunk,
    Identity,
    Origin,
    Raised,
)

NOW = datetime(2026, 11, 21, tzinfo=UTC)
WHO = Identity("Alice", "alice@example.org")
CRASH = "    return cart.discount_total / cart.size"


def a_commit(digit: str, days: int = 1, subject: str = "change") -> Commit:
    at = NOW - timedelta(days=days)
    return Commit(
        sha=digit * 40,
        parents=(),
        author=WHO,
        committer=WHO,
        authored_at=at,
        committed_at=at,
        message=subject,
    )


def a_patch(path: str, removed: Iterable[str] = (), added: Iterable[str] = ("x = 1",)) -> FilePatch:
    old, new = tuple(removed), tuple(added)
    return FilePatch(path, path, (Hunk(5, len(old), 5, len(new), old, new),))


def a_place(path: str = "shop/cart.py", key: int = 0, text: str = CRASH, by: str = "a") -> Place:
    return Place(
        key=key,
        path=path,
        name=f"f{key}",
        first=9,
        last=12,
        lines=(10,),
        origins={n: Origin(by * 40, path, n) for n in range(9, 13)},
        text={9: "def f():", 10: text, 11: "", 12: ""},
    )


def a_candidate(digit: str, age: int, *files: FilePatch, inside: bool = True) -> Candidate:
    return Candidate(commit=a_commit(digit, age + 1), in_range=inside, age=age, files=files)


def a_case(
    candidates: Iterable[Candidate],
    places: Iterable[Place] = (a_place(),),
    error: str = "ZeroDivisionError",
    ranged: bool = True,
) -> Case:
    frame = Frame(filename="shop/cart.py", function="f0", lineno=10, context_line=CRASH)
    raised = Raised(type=error, value="division by zero", frames=(frame,))
    event = Event(event_id="0" * 32, at=NOW, exceptions=(raised,))
    numbered = tuple(replace(one, age=age) for age, one in enumerate(candidates))
    return Case(event=event, places=tuple(places), candidates=numbered, ranged=ranged)


def others(count: int, start: int = 1) -> list[Candidate]:
    return [
        a_candidate(f"{n % 10}", n, a_patch("docs_site/theme.py"))
        for n in range(start, count + start)
    ]


def test_the_score_of_a_suspect_is_the_sum_of_the_rows_that_are_shown() -> None:
    culprit = a_candidate("a", 0, a_patch("shop/cart.py"))
    verdict = rank(a_case([culprit, *others(5)]))
    for suspect in verdict.suspects:
        assert suspect.score == pytest.approx(sum(row.points for row in suspect.evidence))
        assert all(row.because for row in suspect.evidence)


def test_who_wrote_the_failing_line_in_this_deploy_is_named() -> None:
    culprit = a_candidate("a", 3, a_patch("shop/cart.py", added=(CRASH,)))
    verdict = rank(a_case([*others(3, 0), culprit, *others(5, 4)]))
    assert verdict.culprit is not None
    assert verdict.culprit.sha == "a" * 40
    assert "wrote the line that failed" in " ".join(r.because for r in verdict.culprit.evidence)


def test_changes_that_never_met_the_trace_are_not_accused() -> None:
    verdict = rank(a_case(others(8), [a_place(by="f")]))
    assert verdict.abstained is Abstention.NOTHING_STANDS_OUT
    assert verdict.culprit is None
    assert len(verdict.suspects) == 8


def test_without_candidates_and_places_no_frame_was_in_the_repository() -> None:
    assert rank(a_case([], [])).abstained is Abstention.NO_FRAME_IN_REPOSITORY


def test_who_wrote_a_raise_on_purpose_is_not_blamed_for_the_line() -> None:
    guard = a_candidate("a", 0, a_patch("shop/cart.py"))
    plain = findings(a_case([guard]), guard)
    raising = findings(a_case([guard], [a_place(text='    raise ValueError("no")')]), guard)
    assert "blamed-line" in plain
    assert "blamed-line" not in raising


def test_nearness_counts_except_where_a_database_complains() -> None:
    far = a_candidate("a", 0, a_patch("shop/cart.py"))
    places = [a_place(by="b"), a_place(key=6, by="a")]
    near = a_candidate("b", 1, a_patch("shop/cart.py"))
    usual = a_case([far, near], places)
    database = a_case([far, near], places, error="OperationalError")
    assert findings(usual, near)["blamed-line"].strength == 1
    assert findings(usual, far)["blamed-line"].strength == pytest.approx(0.25)
    assert (
        findings(database, near)["blamed-line"].strength
        == findings(database, far)["blamed-line"].strength
    )


def test_a_removed_line_of_a_traced_function_counts_as_a_touch() -> None:
    hunk = Hunk(11, 1, 10, 0, ("    if not cart.size: return 0",), ())
    patch = FilePatch("shop/cart.py", "shop/cart.py", (hunk,))
    culprit = Candidate(
        commit=a_commit("c"), in_range=True, age=0, files=(patch,), touches=(Touch(0, 1, hunk),)
    )
    verdict = rank(a_case([culprit, *others(6)], [a_place(by="f")]))
    assert verdict.suspects[0].sha == "c" * 40
    said = {row.signal for row in verdict.suspects[0].evidence}
    assert "latest-in-function" in said


def test_rare_names_tell_more_than_common_ones() -> None:
    rare = a_candidate("a", 0, a_patch("x/y.py", added=("discount_total = 3",)))
    common = [
        a_candidate(f"{n}", n, a_patch("x/y.py", added=("cart = cart.size",))) for n in range(1, 8)
    ]
    case = a_case([rare, *common])
    assert case.line_scores[0] > max(case.line_scores[1:])
    assert "discount_total" in findings(case, rare)["same-names"].because


def test_a_change_of_tests_and_prose_alone_comes_after_code() -> None:
    prose = a_candidate("a", 0, a_patch("tests/test_cart.py"), a_patch("docs/cart.md"))
    code = a_candidate("b", 1, a_patch("shop/views.py"))
    verdict = rank(a_case([prose, code], [a_place(by="f")]))
    assert [suspect.sha[0] for suspect in verdict.suspects] == ["b", "a"]


def test_the_range_is_a_prior_and_not_a_filter() -> None:
    old = Candidate(
        commit=a_commit("a", 40),
        in_range=False,
        age=3,
        files=(a_patch("shop/cart.py", added=(CRASH,)),),
    )
    verdict = rank(a_case([*others(3, 0), old]))
    assert "a" * 40 in {suspect.sha for suspect in verdict.suspects[:3]}


def test_chances_never_add_up_to_more_than_one_and_keep_their_order() -> None:
    found = chances([5.0, 3.0, 1.0], shipped())
    assert sum(found) <= 1.0 + 1e-9
    assert found == sorted(found, reverse=True)
    assert chances([], shipped()) == []


def test_a_lead_over_the_next_makes_us_surer() -> None:
    assert chances([12.0, 3.0], shipped())[0] > chances([12.0, 11.9], shipped())[0]
    assert platt(0.9, 1.0, 0.0) == pytest.approx(0.9)


def test_every_shipped_weight_belongs_to_a_signal_and_carries_its_figures() -> None:
    names = {name for name, _ in SIGNALS.items()}
    assert set(shipped().points) <= names
    assert shipped().metrics["out of fold"]["fresh"]["acc@1"] > 0.55


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"version": 1, "points": []}'])
def test_a_file_that_holds_no_weights_is_refused(text: str) -> None:
    with pytest.raises(Permanent, match="not a weights file"):
        parse_weights(text)
