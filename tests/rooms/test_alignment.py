"""Which line of a new text was which line of an old one."""

import random
import time

from correlator.provenance.alignment import aligned


def test_equal_texts_align_line_by_line() -> None:
    assert aligned("abc", "abc") == [0, 1, 2]


def test_an_inserted_line_has_no_counterpart() -> None:
    assert aligned(["a", "b"], ["a", "new", "b"]) == [0, None, 1]


def test_a_removed_line_leaves_a_gap() -> None:
    assert aligned(["a", "gone", "b"], ["a", "b"]) == [0, 2]


def test_unique_lines_anchor_repeated_ones() -> None:
    old = ["}", "f", "}", "g", "}"]
    new = ["}", "new", "}", "f", "}", "g", "}"]
    assert aligned(old, new) == [0, None, None, 1, 2, 3, 4]


def test_lines_without_a_unique_one_align_in_order() -> None:
    assert aligned(["x", "x", "y", "y"], ["y", "y", "x"]) == [2, 3, None]


def test_indexes_always_rise_and_name_the_same_text() -> None:
    chance = random.Random(7)
    for _ in range(300):
        old = [chance.choice("abcdefgh") for _ in range(chance.randint(0, 30))]
        new = [chance.choice("abcdefgh") for _ in range(chance.randint(0, 30))]
        found = aligned(old, new)
        kept = [one for one in found if one is not None]
        assert kept == sorted(set(kept))
        assert all(one is None or old[one] == new[at] for at, one in enumerate(found))


def test_a_text_that_is_made_to_be_slow_is_not() -> None:
    old = [str(number % 7) for number in range(40_000)]
    new = [str(number % 5) for number in range(40_000)]
    began = time.perf_counter()
    aligned(old, new)
    assert time.perf_counter() - began < 5
