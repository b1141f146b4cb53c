"""A project's own rules: what they may say, which fits, and what is wrong with the others."""

import time
from datetime import UTC, datetime

import pytest

from correlator.errors import Permanent
from correlator.grouping import fingerprint
from correlator.grouping_rules import read_rules
from correlator.types import Event, Frame, Level, Raised

FRAME = Frame(filename="shop/pay.py", module="shop.payments.api", function="charge", in_app=True)
EVENT = Event(
    event_id="a" * 32,
    at=datetime(2026, 11, 2, tzinfo=UTC),
    exceptions=(Raised(type="ReadTimeout", value="cannot reach bank", frames=(FRAME,)),),
    tags={"region": "eu"},
    level=Level.ERROR,
    fingerprint=("by-sdk",),
)


def parts(text: str) -> tuple[str, ...]:
    return fingerprint(EVENT, read_rules(text)).parts


def test_the_first_rule_that_fits_counts_and_goes_before_the_sdk() -> None:
    text = """
        # not this one
        error.type:KeyError -> never
        error.type:Read* stack.module:shop.payments.* -> payments, {{ error.type }}
        error.type:* -> rest
    """
    assert parts(text) == ("payments", "ReadTimeout")


def test_a_rule_may_refine_the_default() -> None:
    made = fingerprint(EVENT, read_rules("message:cannot* -> {{ default }}, {{ tags.region }}"))
    assert made.parts[-1] == "eu"
    assert made.parts[0] == "exception"
    assert made.because.endswith("refined by the project's rule in line 1")


def test_a_matcher_may_be_negated_and_hold_spaces() -> None:
    assert parts('message:"cannot reach *" !level:warning -> down') == ("down",)
    assert parts('message:"cannot reach *" !level:error -> down') == ("by-sdk",)


def test_no_rule_that_fits_leaves_it_to_the_sdk() -> None:
    assert parts("logger:billing -> x") == ("by-sdk",)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("error.type:X", "no '->'"),
        ("-> x", "nothing stands before"),
        ("error.type:X ->", "an empty value"),
        ("error.kind:X -> x", "there is no matcher 'error.kind'; there are: environment"),
        ("error.type X -> x", "is no matcher; write name:pattern"),
        ("error.type:X -> {{ nonsense }}", "nonsense is no value"),
        ("error.type:" + "x" * 600 + " -> x", "longer than 500"),
    ],
)
def test_a_rule_that_cannot_be_read_says_what_is_wrong(line: str, fault: str) -> None:
    with pytest.raises(Permanent) as told:
        read_rules(f"# a comment\n{line}")
    assert str(told.value).startswith("Line 2: ")
    assert fault in str(told.value)


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(Permanent, match=r"Line 1: .*\nLine 3: "):
        read_rules("nonsense\nerror.type:X -> x\nnonsense too")


def test_a_hostile_pattern_costs_no_time() -> None:
    rules = read_rules("\n".join(["message:" + "*a" * 100 + "b -> x"] * 20))
    event = Event(event_id="a" * 32, at=EVENT.at, message="a" * 100_000)
    began = time.process_time()
    fingerprint(event, rules)
    assert time.process_time() - began < 2
