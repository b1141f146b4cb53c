"""Events come back from storage as the very values that went in."""

from datetime import UTC, datetime

from correlator.store.bodies import pack, unpack
from correlator.types import Event, Frame, Level, Raised


def test_an_event_comes_back_as_it_was_packed() -> None:
    frame = Frame(
        filename="shop/cart.py",
        function="total",
        lineno=12,
        context_line="return prices[sku]",
        pre_context=("def total(sku):",),
        in_app=True,
        variables={"sku": "'A-1'", "prices": "{}"},
    )
    event = Event(
        event_id="c" * 32,
        at=datetime(2026, 11, 2, 3, 4, 5, 678, tzinfo=UTC),
        level=Level.FATAL,
        release="shop@1.2.3",
        exceptions=(Raised(type="KeyError", value="'A-1'", handled=False, frames=(frame,)),),
        tags={"tenant": "7"},
        fingerprint=("{{ default }}", "x"),
        breadcrumbs=({"category": "http", "data": {"status": 200}},),
        contexts={"trace": {"trace_id": "d" * 32}},
    )
    assert unpack(pack(event)) == event
