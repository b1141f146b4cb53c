"""What went out, how often, how fast, and how often it had to be mended: deploys as DORA counts."""

from correlator.delivery.kinds import FULL_KINDS, DeployKind, kind_of
from correlator.delivery.measures import (
    HORIZON,
    Delivered,
    Failure,
    Measures,
    Share,
    measure,
)

__all__ = [
    "FULL_KINDS",
    "HORIZON",
    "Delivered",
    "DeployKind",
    "Failure",
    "Measures",
    "Share",
    "kind_of",
    "measure",
]
