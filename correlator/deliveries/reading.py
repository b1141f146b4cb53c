"""A claimed delivery read: what it says, or why it cannot be read."""

from dataclasses import dataclass, field
from datetime import datetime

from correlator import sources
from correlator.errors import Permanent
from correlator.store.cycles.due import Place
from correlator.store.tables import InboxRow
from correlator.types import Deploy, Fact, Inbound
from correlator.world import World

# A delivery whose worker died this often is what kills them.
MOST_ATTEMPTS = 3


@dataclass(slots=True)
class Delivery:
    """A claimed delivery and what it says, or why it cannot be read.

    The lists say what was kept of it, as numbers: ``issues`` that want a verdict and those of
    them with an event ``seen``; all issues that events ``met``; those whose fix it ``told`` of;
    projects ``deployed``; ``repos`` whose accounts it changes. ``used``: places, and since when.
    """

    row: InboxRow
    inbound: Inbound
    facts: tuple[Fact, ...] = ()
    problem: str | None = None
    issues: list[int] = field(default_factory=list)
    seen: list[int] = field(default_factory=list)
    met: list[int] = field(default_factory=list)
    told: list[int] = field(default_factory=list)
    deployed: list[int] = field(default_factory=list)
    repos: list[int] = field(default_factory=list)
    used: dict[Place, datetime] = field(default_factory=dict)

    @property
    def tells_of_deploys(self) -> bool:
        """Whether it is a deploy marker that could be read."""
        return any(isinstance(fact, Deploy) for fact in self.facts)


def read_delivery(world: World, row: InboxRow) -> Delivery:
    """Read it; whatever is wrong with it is its ``problem``, never a fault."""
    inbound = Inbound(
        project_id=row.project_id,
        source=row.source,
        delivery=row.delivery,
        body=row.body or b"",
        encoding=row.encoding,
        headers=row.headers,
        received_at=row.received_at,
    )
    read = Delivery(row, inbound)
    if row.attempts > MOST_ATTEMPTS:
        read.problem = f"The worker that read it died {MOST_ATTEMPTS} times."
        return read
    try:
        read.facts = sources.parse(
            inbound, secret=world.settings.secret(), limits=sources.limits_of(world.settings)
        )
    except Permanent as fault:
        read.problem = str(fault)
    except Exception as fault:  # noqa: BLE001 - ours, so reported; the delivery must not be lost
        read.problem = defect(world, fault)
    return read


def defect(world: World, fault: Exception) -> str:
    """Report a defect of ours; the problem to note."""
    world.report(fault)
    return f"A defect of ours stopped it: {type(fault).__name__}. It has been reported."
