"""Stored bytes an event, without a dictionary, with the newest, and with one that never saw it.

    python -m benchmarks.body_size [EVENTS.jsonl]

"held out": trained on all programs but the event's own, so that no event helps to compress
itself. ``EVENTS.jsonl``: events of your own, one a line, bare or under the key ``event``.
"""

import sys
import time
from collections.abc import Iterable
from pathlib import Path
from statistics import mean, median

import orjson
import zstandard

from benchmarks.made_events import AT, made_events
from benchmarks.train_dictionary import captured_events, train
from correlator.sources.sentry_event import parse_event
from correlator.store.intake.bodies import LEVEL, pack, plain, unpack
from correlator.types import Event

FOLDS = 5


def sizes(name: str, events: list[Event]) -> None:
    """One line of the table."""
    raw = [len(plain(event)) for event in events]
    alone = [len(zstandard.compress(plain(event), level=LEVEL)) for event in events]
    ours = [len(pack(event)) for event in events]
    sys.stdout.write(
        f"{name:28} {len(events):6} {mean(raw):9.0f} {mean(alone):9.0f} {mean(ours):9.0f}"
        f" {median(ours):9.0f} {sum(raw) / sum(ours):8.1f}\n"
    )


def held_out(events: list[tuple[str, Event]]) -> None:
    """The line for events whose program the dictionary has not seen."""
    names = sorted({name for name, _event in events})
    raw, packed = 0, 0
    for fold in range(FOLDS):
        tested = set(names[fold::FOLDS])
        seen = [event for name, event in events if name not in tested]
        known = zstandard.ZstdCompressionDict(train(seen, 999))
        press = zstandard.ZstdCompressor(level=LEVEL, dict_data=known)
        for name, event in events:
            if name in tested:
                raw += len(plain(event))
                packed += len(press.compress(plain(event)))
    number = len(events)
    sys.stdout.write(
        f"{'python, held out':28} {number:6} {raw / number:9.0f} {'':9} {packed / number:9.0f}"
        f" {'':9} {raw / packed:8.1f}\n"
    )


def speed(events: list[Event]) -> None:
    """Milliseconds to pack and to read back."""
    began = time.process_time()
    bodies = [pack(event) for event in events]
    packed = time.process_time()
    for body in bodies:
        unpack(body)
    read = time.process_time()
    per = 1000 / len(events)
    sys.stdout.write(
        f"CPU ms an event: pack {(packed - began) * per:.2f}, unpack {(read - packed) * per:.2f}\n"
    )


def own_events(lines: Iterable[bytes]) -> list[Event]:
    """Events of a file of the caller's."""
    payloads = (orjson.loads(line) for line in lines)
    return [
        parse_event(payload.get("event", payload), received_at=AT, secret=b"none")
        for payload in payloads
    ]


def main() -> None:
    """Print the table."""
    heads = ("plain", "zstd", "stored", "median", "ratio")
    sys.stdout.write(f"{'events':28} {'number':>6} {' '.join(f'{head:>9}' for head in heads)}\n")
    made = list(made_events())
    sizes("python, made here", [event for _name, event in made])
    held_out(made)
    captured = list(captured_events())
    for client in sorted({name for name, _event in captured}):
        sizes(client, [event for name, event in captured if name == client])
    if len(sys.argv) > 1:
        with Path(sys.argv[1]).open("rb") as file:
            sizes("your own", own_events(file))
    speed([event for _name, event in made])


if __name__ == "__main__":
    main()
