"""Events come back from storage as the very values that went in."""

from datetime import UTC, datetime

import pytest
import zstandard

from correlator.errors import Permanent
from correlator.store.intake.bodies import (
    DICTIONARIES,
    LARGEST,
    LEVEL,
    NEWEST,
    dictionary,
    pack,
    plain,
    unpack,
)
from correlator.types import Event, Frame, Level, Raised
from tests.builders import an_event


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


def test_a_body_names_its_dictionary_and_takes_fewer_bytes_by_it() -> None:
    body = pack(an_event())
    assert zstandard.get_frame_parameters(body).dict_id == NEWEST
    assert len(body) < 0.8 * len(zstandard.compress(plain(an_event()), level=LEVEL))


def test_bodies_from_before_there_was_a_dictionary_are_still_read() -> None:
    assert unpack(zstandard.compress(plain(an_event()))) == an_event()


def test_every_dictionary_that_was_ever_released_can_still_read() -> None:
    assert sorted(file.name for file in DICTIONARIES.iterdir()) == ["events-1.zdict"]
    for number in range(1, NEWEST + 1):
        press = zstandard.ZstdCompressor(dict_data=dictionary(number))
        assert unpack(press.compress(plain(an_event()))) == an_event()


def test_a_body_of_a_newer_version_says_what_to_do() -> None:
    known = zstandard.train_dictionary(
        2048, [b"%d something" % n * 20 for n in range(200)], dict_id=99
    )
    body = zstandard.ZstdCompressor(dict_data=known).compress(plain(an_event()))
    with pytest.raises(Permanent, match=r"dictionary 99.*newer"):
        unpack(body)


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(Permanent, match="cannot be read"):
        unpack(zstandard.compress(b" " * (LARGEST + 1)))


def test_the_dictionaries_hold_nothing_of_the_machine_that_made_them() -> None:
    for file in DICTIONARIES.iterdir():
        content = file.read_bytes()
        for mark in (b"/home/", b"/root/", b"/Users/", b"/tmp/", b".venv", b"pyenv"):
            assert mark not in content
