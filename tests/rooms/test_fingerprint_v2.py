"""One bug is one issue, whatever line it moved to: what the second fingerprint survives."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from correlator.grouping import fingerprint
from correlator.types import Event, Frame, Raised

AT = datetime(2026, 11, 2, tzinfo=UTC)


def a_frame(
    function: str,
    line: int = 10,
    module: str | None = "shop.cart",
    in_app: bool = True,
    text: str | None = None,
) -> Frame:
    return Frame(
        filename=f"/srv/app/{(module or 'bundle').replace('.', '/')}.py",
        module=module,
        function=function,
        lineno=line,
        context_line=text,
        in_app=in_app,
    )


def raised(
    *frames: Frame, kind: str = "KeyError", value: str = "'sku'", module: str | None = None
) -> Raised:
    return Raised(type=kind, value=value, module=module, frames=frames)


def an_event(*chain: Raised, own: tuple[str, ...] = (), **more: str) -> Event:
    return Event(event_id="a" * 32, at=AT, exceptions=chain, fingerprint=own, **more)


def same(one: Event, two: Event) -> bool:
    return fingerprint(one).hash == fingerprint(two).hash


def test_a_moved_line_is_the_same() -> None:
    assert same(
        an_event(raised(a_frame("total", 10))), an_event(raised(a_frame("total", 99, text="x()")))
    )


def test_a_refactored_caller_is_the_same() -> None:
    one = an_event(raised(a_frame("main"), a_frame("total")))
    two = an_event(raised(a_frame("job"), a_frame("prepare"), a_frame("total")))
    assert same(one, two)


def test_another_value_in_quotes_is_the_same_and_another_sentence_is_not() -> None:
    def said(text: str) -> Event:
        return an_event(raised(a_frame("order"), kind="OrderError", value=text))

    assert same(said("no order 'A-17' for user 12"), said("no order 'B-99' for user 77"))
    assert not same(said("no order 'A-17'"), said("order 'A-17' is closed"))


def test_a_key_that_is_the_whole_message_does_not_count() -> None:
    one = an_event(raised(a_frame("total"), value="'sku-1'"))
    assert same(one, an_event(raised(a_frame("total"), value="('eu', 7)")))


def test_a_comprehension_belongs_to_the_function_around_it_as_newer_pythons_show_it() -> None:
    inner = a_frame("Cart.total.<locals>.<genexpr>")
    assert same(
        an_event(raised(a_frame("Cart.total"))), an_event(raised(a_frame("Cart.total"), inner))
    )


def test_a_file_without_a_module_goes_by_its_bare_name_in_any_folder() -> None:
    one = replace(a_frame("total", module=None), filename="/srv/app/js/Cart.js")
    two = replace(a_frame("total", module=None), filename="C:\\build\\42\\cart.js")
    assert same(an_event(raised(one)), an_event(raised(two)))


def test_a_wrapper_that_translates_in_the_function_that_caught_is_looked_through() -> None:
    deep = raised(a_frame("load"), a_frame("read_row"), kind="KeyError", value="'id'")
    wrapped = raised(a_frame("main"), a_frame("load"), kind="LoadFailed", value="cannot load")
    again = raised(a_frame("main"), kind="JobFailed", value="job 7 failed")
    whole = raised(
        a_frame("main"), a_frame("load"), a_frame("read_row"), kind="KeyError", value="'id'"
    )
    assert same(an_event(whole), an_event(deep, wrapped))
    caught_in_main = replace(wrapped, frames=(a_frame("main"), a_frame("load")))
    assert same(an_event(whole), an_event(deep, caught_in_main, again))


def test_an_exception_that_came_up_while_another_was_handled_is_a_failure_of_its_own() -> None:
    miss = raised(a_frame("price"), a_frame("lookup"), kind="KeyError", value="'sku'")
    then = raised(
        a_frame("price"), a_frame("compute"), kind="ZeroDivisionError", value="division by zero"
    )
    assert same(an_event(miss, then), an_event(then))
    assert not same(an_event(miss, then), an_event(miss))


def test_a_wrapper_whose_cause_came_without_frames_is_told_apart_by_its_type() -> None:
    wrapper = raised(a_frame("charge"), kind="PaymentError", value="charge failed")
    one = an_event(Raised(type="KeyError"), wrapper)
    assert not same(one, an_event(Raised(type="TimeoutError"), wrapper))


def test_a_group_around_one_exception_is_that_exception() -> None:
    child = replace(raised(a_frame("fetch")), number=1, parent=0)
    group = replace(
        raised(a_frame("gather"), kind="ExceptionGroup", value="1 failed"), number=0, is_group=True
    )
    assert same(an_event(child, group), an_event(raised(a_frame("fetch"))))


def test_a_group_around_several_is_not_one_of_them() -> None:
    group = replace(
        raised(a_frame("gather"), kind="ExceptionGroup", value="2 failed"), number=0, is_group=True
    )
    one, two = (
        replace(raised(a_frame(name)), number=number, parent=0)
        for number, name in enumerate(("fetch", "store"), 1)
    )
    assert not same(an_event(two, one, group), an_event(one))


def test_recursion_goes_by_its_circle_wherever_it_ended() -> None:
    def deep(times: int, *last: str) -> Event:
        names = ["walk", "visit"] * times + list(last)
        return an_event(
            raised(
                a_frame("main"),
                *(a_frame(name) for name in names),
                kind="RecursionError",
                value="maximum recursion depth exceeded" + (" in comparison" if last else ""),
            )
        )

    assert same(deep(20), deep(15, "walk", "is_leaf"))
    other = an_event(raised(*[a_frame("flatten")] * 9, kind="RecursionError", value="maximum"))
    assert not same(deep(20), other)


def test_what_is_raised_in_a_helper_there_to_raise_is_its_callers() -> None:
    def complain(caller: str, text: str) -> Event:
        return an_event(
            raised(a_frame(caller), a_frame("Parser.raise_error"), kind="ParseError", value=text)
        )

    assert not same(complain("parse_join", "Expected ON"), complain("parse_view", "Expected ON"))
    assert same(complain("parse_join", "Expected ON"), complain("parse_join", "Expected ON"))


def test_what_is_looked_up_by_the_language_is_its_callers() -> None:
    def miss(caller: str) -> Event:
        return an_event(raised(a_frame(caller), a_frame("View.__getitem__")))

    assert not same(miss("cut"), miss("flow"))


def test_what_a_database_complains_of_is_told_apart_by_the_way_there() -> None:
    def refused(caller: str) -> Event:
        execute = a_frame("execute", text="return self.cursor.execute(sql)")
        return an_event(
            raised(
                a_frame(caller), execute, kind="OperationalError", value='near "AS": syntax error'
            )
        )

    assert not same(refused("count"), refused("aggregate"))
    assert same(refused("count"), refused("count"))


def test_library_frames_below_the_application_do_not_count() -> None:
    one = raised(a_frame("total"), a_frame("loads", module="json", in_app=False))
    two = raised(a_frame("total"), a_frame("raw_decode", module="json.decoder", in_app=False))
    assert same(an_event(one), an_event(two))


def test_the_sdks_fingerprint_is_honoured_with_its_variables() -> None:
    named = ("checkout", "{{ error.type }}", "{{ tags.region }}")
    event = replace(an_event(raised(a_frame("total")), own=named), tags={"region": "eu"})
    assert fingerprint(event).parts == ("checkout", "KeyError", "eu")
    assert fingerprint(event).traits is None


@pytest.mark.parametrize("spelt", ["{{ default }}", "{{default}}"])
def test_the_sdks_default_is_the_fingerprint_and_can_be_refined(spelt: str) -> None:
    plain = an_event(raised(a_frame("total")))
    assert same(plain, replace(plain, fingerprint=(spelt,)))
    refined = fingerprint(replace(plain, fingerprint=(spelt, "tenant-7")))
    assert refined.parts == (*fingerprint(plain).parts, "tenant-7")


def test_the_older_fingerprint_comes_along_for_issues_that_it_knows() -> None:
    (older,) = fingerprint(an_event(raised(a_frame("total")))).older
    assert (fingerprint(an_event(raised(a_frame("total")))).version, older.version) == (2, 1)


def test_the_released_recipes_never_change() -> None:
    event = an_event(raised(a_frame("main"), a_frame("total"), value="'sku-1'"))
    made = fingerprint(event)
    assert made.hash == "44d09b9133da40306c1c600511ddd206f739bfd079fb3fa614060141cf3f4675"
    assert made.older[0].hash == "b5edd1634e92985a3da80ff92199a02ff9106295cadc1daa8394ea9de3ef0901"


def test_hostile_frames_and_messages_cost_no_time() -> None:
    frames = tuple(a_frame("f" * 500 + ".<locals>.<lambda>" * 50) for _ in range(300))
    event = an_event(raised(*frames, value="'" * 100_000 + "a@" * 10_000))
    assert fingerprint(event).traits
