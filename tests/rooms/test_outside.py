"""Another host that does not answer is nobody's change, unless this deploy changed who asks it."""

from datetime import UTC, datetime

import pytest

from correlator.ranking.outside import changed_the_trace, outside
from correlator.types import Event, Evidence, Raised, Suspect


def an_event(*chain: Raised) -> Event:
    return Event(event_id="a" * 32, at=datetime(2026, 11, 2, tzinfo=UTC), exceptions=chain)


def a_suspect(signal: str, in_range: bool) -> Suspect:
    row = Evidence(signal=signal, points=1.0, because="it did")
    return Suspect(sha="a" * 40, score=1.0, probability=0.5, in_range=in_range, evidence=(row,))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("ConnectionRefusedError", "[Errno 111] Connection refused"),
        ("requests.exceptions.ReadTimeout", ""),
        ("Error", "connect ECONNREFUSED 10.0.0.7:443"),
        ("OperationalError", "could not connect to server: No such file or directory"),
        ("java.net.UnknownHostException", "payments.internal"),
    ],
)
def test_a_network_failure_speaks_of_the_outside(kind: str, value: str) -> None:
    assert outside(an_event(Raised(type=kind, value=value))) is not None


def test_a_network_failure_at_the_root_of_a_chain_is_seen() -> None:
    chain = (Raised(type="ConnectionResetError"), Raised(type="PaymentFailed", value="try later"))
    assert outside(an_event(*chain)) is not None


def test_a_fault_of_the_code_does_not_speak_of_the_outside() -> None:
    assert outside(an_event(Raised(type="KeyError", value="'connection'"))) is None


@pytest.mark.parametrize(
    ("signal", "in_range", "expected"),
    [
        ("changed-line", True, True),
        ("changed-line", False, False),
        ("latest-in-function", True, False),
        ("recency", True, False),
    ],
)
def test_only_a_line_that_this_deploy_wrote_into_the_trace_speaks_against_it(
    signal: str, in_range: bool, expected: bool
) -> None:
    assert changed_the_trace([a_suspect(signal, in_range)]) is expected
