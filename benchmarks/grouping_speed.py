"""CPU time of a fingerprint and of a join, an event.

    python -m benchmarks.grouping_speed

Over the labelled traces, a hundred frames' depth, and a long hostile message; the rules are asked
with as many candidates as the store ever gives them.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import orjson

from benchmarks.grouping import DATA
from correlator.cli._traces import event_of
from correlator.grouping import fingerprint, join
from correlator.grouping_rules import read_rules
from correlator.store.intake.fingerprints import MOST_CANDIDATES
from correlator.types import Candidate, Event, Traits

ROUNDS = 10
RULES = read_rules(
    "\n".join(f"error.type:Never{n}* stack.module:shop.{n}.* -> x{n}" for n in range(20))
)


def _cost(name: str, what: Callable[[], object], times: int) -> None:
    began = time.process_time()
    for _ in range(ROUNDS):
        what()
    spent = (time.process_time() - began) / ROUNDS / times
    print(f"{name:<48} {1000 * spent:8.3f} CPU ms")


def _deep(event: Event) -> Event:
    raised = event.exceptions[-1]
    frames = (raised.frames * 100)[:100]
    return replace(event, exceptions=(replace(raised, frames=frames),))


def main() -> None:
    """Print what each costs."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    traces = [orjson.loads(line) for line in DATA.read_bytes().splitlines()]
    events = [event_of(trace, at, "0" * 32) for trace in traces]
    deep = [_deep(event) for event in events if event.exceptions[-1].frames]
    bad = replace(events[0].exceptions[-1], value="'a@b." * 400 + "/x" * 400)
    hostile = replace(events[0], exceptions=(bad,))
    count = len(events)
    _cost("fingerprint, both versions", lambda: [fingerprint(e) for e in events], count)
    _cost("the same with 20 rules", lambda: [fingerprint(e, RULES) for e in events], count)
    _cost("a hundred frames", lambda: [fingerprint(e) for e in deep], len(deep))
    _cost("a hostile message", lambda: fingerprint(hostile), 1)
    traits = [found for e in events if (found := fingerprint(e).traits) is not None]
    known = [Candidate(n, n, one) for n, one in enumerate(traits[: 2 * MOST_CANDIDATES])]

    def all_joined(new: list[Traits]) -> object:
        return [join(one, known) for one in new]

    _cost(f"join, {len(known)} candidates", lambda: all_joined(traits), len(traits))


if __name__ == "__main__":
    main()
