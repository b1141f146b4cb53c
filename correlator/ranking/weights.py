"""The fitted weights: a small versioned data file, with the figures it was accepted for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from correlator.errors import Permanent

SHIPPED = Path(__file__).with_name("weights.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Points per signal at full strength, and the numbers of the confidence.

    ``none`` is the score of "none of these"; ``slope`` and ``offset`` calibrate (Platt);
    ``name_from``: the least confidence at which a culprit is named. ``metrics`` are out-of-fold.
    """

    version: str
    points: Mapping[str, float]
    none: float
    slope: float = 1.0
    offset: float = 0.0
    name_from: float = 0.3
    metrics: Mapping[str, Any] = field(default_factory=dict)


def parse_weights(text: str) -> Weights:
    """Weights as written by the fitting program; Permanent if it is no such file."""
    try:
        data = json.loads(text)
        return Weights(
            version=str(data["version"]),
            points={str(name): float(points) for name, points in data["points"].items()},
            none=float(data["none"]),
            slope=float(data["slope"]),
            offset=float(data["offset"]),
            name_from=float(data["name_from"]),
            metrics=data.get("metrics", {}),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise Permanent(f"This is not a weights file: {fault}") from fault


@cache
def shipped() -> Weights:
    """The weights that come with this version."""
    return parse_weights(SHIPPED.read_text("utf-8"))
