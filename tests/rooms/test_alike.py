"""Near-duplicates are joined by rules that say why, and what only looks alike is kept apart."""

from dataclasses import replace

from correlator.grouping import join
from correlator.grouping.alike import MOST_MESSAGES
from correlator.types import Candidate, Traits

KNOWN = Traits(
    type="OrderError",
    where="shop.orders:load",
    path=("shop.orders:load", "shop.web:show", "shop.web:main"),
    lines=("no order <s>", "for customer joe smith"),
    exact="1",
    statement="raise OrderError(text)",
    at="shop@1:10",
)


def because(new: Traits, old: Traits = KNOWN) -> str | None:
    joined = join(new, [Candidate(1, 1, old)])
    return joined.because if joined else None


def by_interpreter(kind: str, line: str, **more: object) -> Traits:
    made = replace(
        KNOWN, type=kind, lines=(line,), exact=line, statement="x = a * b", by_interpreter=True
    )
    return replace(made, **more)


def test_the_same_words_called_another_way_are_joined() -> None:
    new = replace(KNOWN, path=("shop.orders:load", "shop.api:get", "shop.api:serve"))
    assert because(new) == "same OrderError, crash function and message, 2 frames differ"


def test_most_words_on_one_way_are_joined() -> None:
    new = replace(KNOWN, lines=("no order <s>", "for customer joe jones"), exact="2", statement="")
    assert because(new) == (
        "same OrderError and crash function, no frame differs; most words of the message agree"
    )


def test_few_words_in_common_are_kept_apart_line_by_line() -> None:
    new = replace(KNOWN, lines=("no order <s>", "while shipping parcels"), exact="2", statement="")
    assert because(new) is None


def test_most_words_on_another_way_are_kept_apart() -> None:
    new = replace(
        KNOWN,
        lines=("no order <s>", "for customer joe jones"),
        exact="2",
        statement="",
        path=("shop.orders:load", "shop.api:get"),
    )
    assert because(new) is None


def test_one_failing_line_that_the_language_complains_of_in_two_ways_is_joined() -> None:
    old = by_interpreter("OverflowError", "cannot fit <s> into an index")
    new = by_interpreter("MemoryError", "")
    assert because(new, old) == (
        "same failing line and call path, no frame differs: MemoryError in place of OverflowError"
    )


def test_without_source_text_a_line_is_known_by_release_and_number() -> None:
    old = by_interpreter("OverflowError", "cannot fit", statement="")
    new = by_interpreter("MemoryError", "", statement="")
    assert because(new, old)
    assert because(replace(new, at="shop@2:10"), old) is None


def test_another_line_of_the_same_function_is_kept_apart() -> None:
    old = by_interpreter("ValueError", "max() arg is an empty sequence")
    assert because(by_interpreter("IndexError", "pop from empty list", statement="y"), old) is None


def test_the_same_raise_statement_joins_whoever_calls_when_the_words_agree() -> None:
    new = replace(
        KNOWN,
        lines=("no order <s>", "for customer joe jones"),
        exact="2",
        path=("shop.orders:load", "shop.api:get"),
    )
    assert because(new) == "same OrderError from the same raise statement, 2 frames differ"


def test_a_raise_statement_cut_off_by_a_line_break_proves_nothing() -> None:
    cut = replace(KNOWN, statement="raise OrderError(")
    new = replace(cut, lines=("sold out", "everywhere"), exact="2", path=("shop.orders:load", "b"))
    assert because(new, cut) is None


def test_a_moved_module_is_joined_when_its_callers_are_the_same() -> None:
    new = replace(
        KNOWN,
        where="shop.sales.orders:load",
        path=("shop.sales.orders:load", "shop.web:show", "shop.web:main"),
        statement="",
    )
    assert because(new) == (
        "same OrderError and message; shop.orders:load is now shop.sales.orders:load"
    )


def test_a_function_of_the_same_name_elsewhere_is_not_a_moved_one() -> None:
    new = replace(
        KNOWN, where="shop.stock:load", path=("shop.stock:load", "shop.jobs:run"), statement=""
    )
    assert because(new) is None


def test_a_newer_sdk_that_names_the_class_is_joined() -> None:
    new = replace(
        KNOWN,
        where="shop.orders:Orders.load",
        path=("shop.orders:Orders.load", "shop.web:View.show", "shop.web:main"),
    )
    assert because(new) == (
        "same OrderError and message; shop.orders:load is now shop.orders:Orders.load"
    )


def test_the_same_method_of_two_classes_is_kept_apart() -> None:
    old = replace(KNOWN, where="shop.orders:Old.load")
    assert because(replace(KNOWN, where="shop.orders:New.load"), old) is None


def test_a_renamed_function_is_joined_when_its_line_and_callers_are_the_same() -> None:
    new = replace(KNOWN, where="shop.orders:fetch", path=("shop.orders:fetch", *KNOWN.path[1:]))
    assert because(new) == (
        "same OrderError, message, failing line and callers; "
        "shop.orders:load is now shop.orders:fetch"
    )


def test_another_cause_is_kept_apart() -> None:
    assert because(replace(KNOWN, causes=("TimeoutError",))) is None


def test_of_two_candidates_the_one_whose_way_agrees_further_wins() -> None:
    far = replace(KNOWN, path=("shop.orders:load", "shop.jobs:run"))
    near = Candidate(1, 7, KNOWN)
    joined = join(replace(KNOWN, path=(*KNOWN.path, "shop.wsgi:app")), [near, Candidate(2, 8, far)])
    assert joined is not None
    assert joined.candidate == near


def test_a_place_whose_messages_never_repeat_is_not_split_without_end() -> None:
    def said(number: int) -> Traits:
        word = "".join(chr(97 + int(digit)) for digit in str(number)) * 3
        return replace(
            KNOWN,
            lines=(f"{word} {word[::-1]}x",),
            exact=str(number),
            statement="",
            path=(str(number),),
        )

    known = [Candidate(n, n, said(n)) for n in range(1, MOST_MESSAGES)]
    assert join(said(900), known) is None
    joined = join(said(900), [*known, Candidate(90, 90, said(90))])
    assert joined is not None
    assert not joined.is_kept
    assert joined.because.startswith("same OrderError and crash function, which has shown 32")
