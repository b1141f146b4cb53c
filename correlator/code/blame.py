"""Reads ``git blame --porcelain``: for every line, the commit it came from."""

import re

from correlator.types import Origin

_HEADER = re.compile(rb"([0-9a-f]{40,64}) (\d+) (\d+)(?: \d+)?\Z")


def read_blame(output: bytes) -> dict[int, Origin]:
    """Origin by line number (from 1) at the blamed revision, of the lines that were asked for."""
    origins: dict[int, Origin] = {}
    names: dict[str, str] = {}
    current: tuple[str, int, int] | None = None
    for line in output.split(b"\n"):
        if line.startswith(b"\t"):
            if current is not None:
                sha, then, now = current
                origins[now] = Origin(sha, names.get(sha, ""), then)
        elif line.startswith(b"filename "):
            if current is not None:
                names[current[0]] = line[9:].decode("utf-8", "replace")
        elif found := _HEADER.match(line):
            current = (found[1].decode(), int(found[2]), int(found[3]))
    return origins
