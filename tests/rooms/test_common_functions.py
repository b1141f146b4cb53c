"""Functions that many earlier issues go through weigh little, but where an issue crashed."""

from dataclasses import replace

import pytest

from correlator.ranking.dispatch import LEAST_ISSUES, common_functions
from tests.rooms.test_ranking import a_case, a_place

DISPATCH = ("shop/http.py", "dispatch")


def issues(times: int, of: int) -> list[list[tuple[str, str]]]:
    """So many issues, of which so many go through the dispatcher."""
    own = [[("shop/cart.py", f"own{number}")] for number in range(of)]
    return [[*one, DISPATCH] if number < times else one for number, one in enumerate(own)]


def test_what_a_fifth_of_the_issues_share_is_common() -> None:
    assert common_functions(issues(4, 20)) == {DISPATCH}
    assert common_functions(issues(3, 20)) == frozenset()


def test_of_few_issues_nothing_is_told() -> None:
    assert common_functions(issues(LEAST_ISSUES - 1, LEAST_ISSUES - 1)) == frozenset()
    assert common_functions(issues(LEAST_ISSUES, LEAST_ISSUES)) == {DISPATCH}


def test_an_issue_that_recurses_counts_once() -> None:
    once = [[DISPATCH] * 50, *issues(0, 19)]
    assert common_functions(once) == frozenset()


def test_a_method_is_the_same_with_and_without_its_class() -> None:
    half = [[("shop/http.py", "Server.dispatch")], [DISPATCH]] * 2
    assert common_functions([*half, *issues(0, 16)]) == {DISPATCH}


def test_a_common_function_weighs_less_unless_it_is_where_it_crashed() -> None:
    compute = "    total = price * 2 if price else cart['total'] + 1"
    places = (a_place(text=compute), a_place("shop/http.py", key=1, text=compute))
    plain = a_case([], places)
    common = replace(plain, common=frozenset({("shop/cart.py", "f0"), ("shop/http.py", "f1")}))
    assert common.near(places[0]) == plain.near(places[0]) == 1.0
    assert common.near(places[1]) == pytest.approx(plain.near(places[1]) * 0.4)
