"""World: all that a step may touch. Made once a process, after any fork."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import sqlalchemy as sa
import structlog

from correlator.settings import Settings, load_settings
from correlator.store.migrate import migrate
from correlator.store.session import open_engine

log = structlog.get_logger(__name__)


def _report(fault: BaseException) -> None:
    log.error("defect", exc_info=fault)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class World:
    """Settings, database, clock, and where defects are reported. Values go in as arguments."""

    settings: Settings
    engine: sa.Engine
    now: Callable[[], datetime] = field(default=_now)
    report: Callable[[BaseException], None] = field(default=_report)


def open_world(
    settings: Settings | None = None, report: Callable[[BaseException], None] = _report
) -> World:
    """Read the settings and open the database. Makes the data directory, not the tables."""
    settings = settings or load_settings()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return World(settings=settings, engine=open_engine(settings.database), report=report)


def open_migrated_world(settings: Settings | None = None) -> World:
    """A World whose tables are there and current: what a command at a terminal starts from."""
    world = open_world(settings)
    migrate(world.engine)
    return world
