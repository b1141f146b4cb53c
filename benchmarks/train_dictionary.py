"""Trains the dictionary that event bodies are compressed with.

    python -m benchmarks.train_dictionary NUMBER

writes ``correlator/store/intake/dictionaries/events-NUMBER.zdict``. It learns from the events of
``made_events`` and from captured requests of Node and browser SDKs (``tests/data/sentry``), whose
values are all invented. A number that has been released is never trained again: bodies name it.
The same interpreter and library versions give the same bytes (``PYTHONHASHSEED`` is set for it).
"""

import os
import sys
from collections.abc import Iterator

import zstandard

from benchmarks.made_events import AT, made_events
from correlator.sources.sentry_event import parse_event
from correlator.store.intake.bodies import DICTIONARIES, LEVEL, plain
from correlator.types import Event
from tests.sentry_samples import sdk_samples

SIZE = 64 * 1024
# Few were captured, of a kind of which many come.
CAPTURED_WEIGHT = 3


def captured_events() -> Iterator[tuple[str, Event]]:
    """Name of the client and event, for every captured request that has a modern event."""
    for sample in sdk_samples():
        payload = sample.event
        if payload is not None:
            payload.update(timestamp=AT.isoformat(), event_id="0" * 32)
            client = sample.name.partition("/")[0]
            yield client, parse_event(payload, received_at=AT, secret=b"none")


def train(events: list[Event], number: int) -> bytes:
    """A dictionary of that number, of about ``SIZE`` bytes."""
    samples: list[bytes | bytearray | memoryview] = [plain(event) for event in events]
    made = zstandard.train_dictionary(SIZE, samples, level=LEVEL, dict_id=number)
    return made.as_bytes()


def main() -> None:
    """Train, and write it where bodies look for it."""
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.execve(sys.executable, sys.orig_argv, {**os.environ, "PYTHONHASHSEED": "0"})
    number = int(sys.argv[1])
    events = [event for _name, event in made_events()]
    events += [event for _name, event in captured_events()] * CAPTURED_WEIGHT
    DICTIONARIES.mkdir(exist_ok=True)
    target = DICTIONARIES / f"events-{number}.zdict"
    target.write_bytes(train(events, number))
    sys.stdout.write(f"{target.name}: {target.stat().st_size} bytes from {len(events)} events\n")


if __name__ == "__main__":
    main()
