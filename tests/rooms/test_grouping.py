"""One bug is one issue: what the first fingerprint looks at, and what it does not."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from correlator.grouping import fingerprint
from correlator.grouping.messages import template
from correlator.types import Event, Frame, Raised


def a_frame(function: str, line: int = 10, module: str = "shop.cart", in_app: bool = True) -> Frame:
    return Frame(
        filename=f"/srv/app/{module.replace('.', '/')}.py",
        module=module,
        function=function,
        lineno=line,
        in_app=in_app,
    )


def an_event(
    *frames: Frame, kind: str = "KeyError", value: str = "'sku'", own: tuple[str, ...] = ()
) -> Event:
    return Event(
        event_id="a" * 32,
        at=datetime(2026, 11, 2, tzinfo=UTC),
        exceptions=(Raised(type=kind, value=value, frames=frames),),
        fingerprint=own,
    )


def test_a_moved_line_and_another_message_stay_the_same_issue() -> None:
    one = an_event(a_frame("main"), a_frame("total", line=40), value="'sku-1'")
    two = an_event(a_frame("main"), a_frame("total", line=57), value="'sku-2'")
    assert fingerprint(one) == fingerprint(two)


def test_another_caller_of_the_failing_function_stays_the_same_issue() -> None:
    one = an_event(a_frame("web_checkout"), a_frame("total"))
    two = an_event(a_frame("nightly_job"), a_frame("total"))
    assert fingerprint(one).hash == fingerprint(two).hash


def test_another_exception_type_is_another_issue() -> None:
    one = an_event(a_frame("total"), kind="KeyError")
    two = an_event(a_frame("total"), kind="TypeError")
    assert fingerprint(one).hash != fingerprint(two).hash


def test_library_frames_below_the_application_do_not_split_an_issue() -> None:
    one = an_event(a_frame("total"), a_frame("loads", module="json", in_app=False))
    two = an_event(a_frame("total"), a_frame("raw_decode", module="json.decoder", in_app=False))
    assert fingerprint(one).hash == fingerprint(two).hash


def test_a_wrapped_exception_is_told_apart_by_its_root() -> None:
    def wrapped(root: str) -> Event:
        event = an_event(a_frame("charge"), kind="PaymentError")
        return replace(event, exceptions=(Raised(type=root, value=""), *event.exceptions))

    assert fingerprint(wrapped("KeyError")).hash != fingerprint(wrapped("TimeoutError")).hash


def test_the_sdks_own_fingerprint_is_honoured() -> None:
    one = an_event(a_frame("total"), own=("payments",))
    two = an_event(a_frame("other"), kind="TypeError", own=("payments",))
    assert fingerprint(one).hash == fingerprint(two).hash


def test_the_sdks_fingerprint_can_refine_the_default() -> None:
    plain = an_event(a_frame("total"))
    refined = an_event(a_frame("total"), own=("{{ default }}", "tenant-7"))
    assert fingerprint(plain).hash != fingerprint(refined).hash
    assert fingerprint(refined).parts[:-1] == fingerprint(plain).parts


def test_an_event_without_frames_goes_by_its_message_template() -> None:
    def logged(text: str) -> Event:
        return Event(event_id="b" * 32, at=datetime(2026, 11, 2, tzinfo=UTC), message=text)

    assert fingerprint(logged("order 17 failed")) == fingerprint(logged("order 18 failed"))
    assert (
        fingerprint(logged("order 17 failed")).hash != fingerprint(logged("refund 17 failed")).hash
    )


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("user jo@example.org not found", "user <email> not found"),
        ("GET https://api.example.org/v1/x?y=1 failed", "GET <url> failed"),
        ("no order 5d41402abc4b2a76b9719d911017c592", "no order <hex>"),
        ("id 123e4567-e89b-12d3-a456-426614174000", "id <uuid>"),
        ("at 2026-11-02T10:11:12Z from 10.0.0.7:443", "at <date> from <ip>"),
        ("cannot open /var/lib/shop/cart.db", "cannot open <path>"),
        ("took 12.5 s, limit 3", "took <number> s, limit <number>"),
        ("first line\n\nsecond line\nthird line", "first line second line"),
    ],
)
def test_the_changing_parts_of_a_message_are_marked(message: str, expected: str) -> None:
    assert template(message) == expected


def test_a_hostile_message_costs_no_time() -> None:
    assert len(template("a" * 1_000_000 + "@" + ".a" * 100_000)) <= 500
