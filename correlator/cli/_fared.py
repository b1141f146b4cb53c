"""How a release fares, asked of this machine's data, as the server tells it."""

from collections.abc import Mapping
from typing import Any

from correlator.health import BEFORE, fare
from correlator.steps import run
from correlator.store.deploys.health import health_of, seen_of
from correlator.store.deploys.history import replaced_at
from correlator.store.deploys.page import newest_of
from correlator.store.intake.inbox import waiting_of
from correlator.store.session import reading
from correlator.store.tables import DeployRow
from correlator.types import Next
from correlator.world import World


def told_here(world: World, asked: Mapping[str, str | None]) -> dict[str, Any]:
    """The deploys of a release, judged as of now, and how many markers nobody has read yet."""
    place = (asked["environment"], asked["service"])
    with reading(world.engine) as session:
        # First: a marker that is read between the two is then counted, rather than in neither.
        waiting = waiting_of(session, "deploy", None)
        rows = newest_of(session, asked["release"] or "", *place, None)
    if rows:
        run(world, Next("health", tuple(row.id or 0 for row in rows)))
    return {"deploys": [_told(world, row) for row in rows], "waiting": waiting}


def _told(world: World, row: DeployRow) -> dict[str, Any]:
    with reading(world.engine) as session:
        decided = health_of(session, [row.id]).get(row.id or 0)
        # One moment for both: a later one would be after the end of what was seen, as if replaced.
        moment = world.now()
        seen = seen_of(session, row, moment, BEFORE)
        against = session.get(DeployRow, (decided.against_id if decided else seen.against_id) or 0)
        ended = replaced_at(session, row)
    now = decided or fare(seen.watched, seen.hours, moment)
    return {
        "service": row.service,
        "release": row.release,
        "environment": row.environment,
        "health": now.health,
        "because": now.because,
        "ratio": now.ratio,
        "low": now.low,
        "high": now.high,
        "missing_minutes": getattr(now, "missing_minutes", None),
        "against": {"release": against.release} if against else None,
        "is_live": ended is None or ended > moment,
    }
