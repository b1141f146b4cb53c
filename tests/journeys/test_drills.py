"""Nothing accepted is lost, whatever breaks: the quick ones of the drills, on one stack.

All of them, and at their full length, are run by ``python -m benchmarks.drills``.
"""

from collections.abc import Iterator

import pytest

from benchmarks.drill_faults import DRILLS
from benchmarks.drill_score import ISSUES, Bench, Pace
from benchmarks.drill_site import Site, open_site

pytestmark = [pytest.mark.broker, pytest.mark.timeout(300)]

EVENTS = 60
PACE = Pace(lease_seconds=4.0, sweep_seconds=1.0, down_seconds=4.0, locked_seconds=6.0)
ORDER = ("worker", "broker-down", "locked")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with open_site(tmp_path_factory.mktemp("drills"), **PACE.settings) as running:
        yield running


@pytest.mark.parametrize("name", ORDER)
def test_what_was_accepted_is_kept_and_explained_once(name: str, site: Site) -> None:
    bench = Bench(site, PACE, first=ORDER.index(name) * ISSUES, events=EVENTS)
    outcome = DRILLS[name](bench)
    assert outcome.faults == (), outcome.line(name)
    assert outcome.accepted == outcome.stored == EVENTS
    assert outcome.verdicts == ISSUES
