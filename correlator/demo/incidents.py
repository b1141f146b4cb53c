"""What an incident of the demo is: what drives the code to break, and the answer that is right."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from correlator.types import Author

LAST = "the last order"


@dataclass(frozen=True, slots=True)
class Call:
    """A request to the service, and the status that it must answer.

    ``LAST`` in the body stands for the number of the order that was placed last.
    """

    path: str
    body: Mapping[str, Any] = field(default_factory=dict)
    user: str = "guest"
    status: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A failure that a release brings, and the truth about it.

    ``culprit``: the label of the change that did it; None: nobody's change, the verdict must
    abstain. ``raises``: the exception's type. ``crash``: the file where it is raised, as far as
    it is the service's own. ``partner``: whether the partner's host answers meanwhile.
    ``afterwards``: what is called in later releases; ``held_by``: the label of the fix that holds.
    """

    name: str
    story: str
    release: str
    raises: str
    crash: str
    calls: tuple[Call, ...]
    culprit: str | None
    author: Author | None = None
    tool: str | None = None
    partner: bool = True
    afterwards: Mapping[str, tuple[Call, ...]] = field(default_factory=dict)
    held_by: str | None = None

    @property
    def comes_back_in(self) -> tuple[str, ...]:
        """Later releases in which it happens again."""
        again = self.afterwards.items()
        return tuple(name for name, calls in again if any(call.status == 500 for call in calls))
