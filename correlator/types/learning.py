"""What an installation learns from: words about which change was, or was not, the culprit."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class LabelSource(StrEnum):
    """Where a label comes from."""

    JUDGEMENT = "judgement"
    REVERT = "revert"
    FIX = "fix"


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One word about one suspect of one issue, under the verdict that it was said of.

    ``strength`` (0 to 1): how far it is to be believed, a person's confirmation being 1;
    ``at``: when it was said, or the revert was committed.
    """

    issue_id: int
    verdict_id: int
    sha: str
    is_culprit: bool
    source: LabelSource
    strength: float
    at: datetime
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldFix:
    """A fix of an issue that was found to hold, and the change that it undid or names as at fault
    (full hashes); ``at``: when it was found to hold."""

    issue_id: int
    fix: str
    culprit: str
    at: datetime
