"""The installation's own weights: files in a directory of the data directory, one a version.

``current`` names the version in use; without it, or where it says ``shipped``, the shipped weights
are. A file that is damaged, foreign, or was made around other shipped weights is never used, and
whoever asks is told why.
"""

import hashlib
import json
import math
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from correlator.errors import Permanent
from correlator.ranking.signals import SIGNALS
from correlator.ranking.weights import Weights, parse_weights, shipped
from correlator.registry import load_room

SHIPPED = "shipped"
FORMAT = 1
LARGEST_FILE = 1_000_000
MOST_POINTS = 50.0
load_room("correlator.ranking.signals")

_VERSION = re.compile(r"\A[0-9A-Za-z][0-9A-Za-z.+_-]{0,39}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """A version of an installation's own weights, and what it was made from."""

    weights: Weights
    parent: str
    at: str
    cases: int


@dataclass(frozen=True, slots=True)
class InUse:
    """The weights in force; ``problem`` says why they are not those that were chosen."""

    weights: Weights
    problem: str | None = None


def in_use(directory: Path) -> InUse:
    """The weights that verdicts are to use now; read anew each time, so nobody has to restart."""
    name = chosen(directory)
    if name == SHIPPED:
        return InUse(shipped())
    try:
        return InUse(read_version(directory, name).weights)
    except Permanent as fault:
        return InUse(shipped(), f"The installation's own weights were not used. {fault}")


def chosen(directory: Path) -> str:
    """Name of the version that was chosen; ``shipped`` where nobody chose."""
    try:
        return (directory / "current").read_text("utf-8")[:80].strip() or SHIPPED
    except (OSError, UnicodeDecodeError):
        return SHIPPED


def use(directory: Path, name: str) -> Weights:
    """Put a version, or ``shipped``, in use. Permanent if there is none, or it cannot be used."""
    weights = shipped() if name == SHIPPED else read_version(directory, name).weights
    _write(directory, "current", name + "\n")
    return weights


def versions(directory: Path) -> list[str]:
    """Names of the versions that are kept, in the order in which they were made."""
    names = [file.stem for file in directory.glob("*.json") if _VERSION.match(file.stem)]
    return sorted(names, key=lambda name: (len(name), name))


def next_name(directory: Path) -> str:
    """A name that no version has yet: that of the shipped weights and a number."""
    taken = set(versions(directory))
    number = 1
    while (name := f"{shipped().version}+{number}") in taken:
        number += 1
    return name


def keep_version(directory: Path, weights: Weights, at: datetime, cases: int) -> None:
    """Keep weights as a version; they are not in use yet."""
    body = {
        "format": FORMAT,
        "made by": "correlator train",
        "version": weights.version,
        "parent": shipped().version,
        "at": at.isoformat(),
        "cases": cases,
        "points": dict(sorted(weights.points.items())),
        "none": weights.none,
        "slope": weights.slope,
        "offset": weights.offset,
        "name_from": weights.name_from,
        "metrics": dict(weights.metrics),
    }
    text = json.dumps({**body, "check": _check(body)}, indent=2) + "\n"
    _write(directory, f"{weights.version}.json", text)


def read_version(directory: Path, name: str) -> Own:
    """A version as it was kept; Permanent says what is wrong with it and what to do."""
    if not _VERSION.match(name):
        raise Permanent(f"{name[:60]!r} is no name of a version.")
    file = directory / f"{name}.json"
    try:
        with file.open("rb") as opened:
            text = opened.read(LARGEST_FILE + 1)
        data = json.loads(text) if len(text) <= LARGEST_FILE else None
    except FileNotFoundError:
        there = ", ".join([SHIPPED, *versions(directory)])
        raise Permanent(f"There are no weights {name!r}. There are: {there}.") from None
    except (OSError, ValueError) as fault:
        raise _unusable(name, f"it cannot be read ({type(fault).__name__})") from fault
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise _unusable(name, "it is no weights file of this version of Correlator")
    if (why := _fault(name, data)) is not None:
        raise _unusable(name, why)
    return Own(
        weights=parse_weights(json.dumps(data)),
        parent=str(data["parent"]),
        at=str(data.get("at", "")),
        cases=int(data.get("cases", 0)),
    )


def _fault(name: str, data: Mapping[str, Any]) -> str | None:
    """What speaks against using a weights file."""
    body = {key: value for key, value in data.items() if key != "check"}
    if data.get("check") != _check(body):
        return "its check sum does not fit: it was changed or damaged"
    if data.get("version") != name:
        return "it holds another version than its name says"
    if data.get("parent") != shipped().version:
        return (
            f"it was made around the shipped weights {data.get('parent')!r}, "
            f"and these are {shipped().version!r}"
        )
    points = data.get("points")
    if not isinstance(points, dict) or set(points) != set(shipped().points):
        return "it weighs other signals than this version of Correlator has"
    if any(signal not in SIGNALS for signal in points):
        return "it weighs a signal that this version of Correlator does not know"
    numbers = [*points.values(), *(data.get(key) for key in ("none", "slope", "offset"))]
    if not all(_is_sane(number) for number in numbers):
        return "it holds a number that no fit gives"
    bar = data.get("name_from")
    if not _is_sane(bar) or not isinstance(bar, int | float) or not 0 < bar < 1:
        return "its bar for naming a culprit is no chance"
    return None


def _is_sane(number: object) -> bool:
    if isinstance(number, bool) or not isinstance(number, int | float):
        return False
    return math.isfinite(number) and abs(number) <= MOST_POINTS


def _unusable(name: str, why: str) -> Permanent:
    return Permanent(
        f"Weights {name!r} cannot be used: {why}. Train anew (correlator train), or go back: "
        "correlator train --use shipped"
    )


def _check(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _write(directory: Path, name: str, text: str) -> None:
    """Put into place whole: a worker may read at any moment."""
    directory.mkdir(parents=True, exist_ok=True)
    draft = directory / f".{secrets.token_hex(8)}"
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(directory / name)
