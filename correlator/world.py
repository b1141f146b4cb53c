"""World: all that a step may touch. Made once a process, after any fork."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from correlator.errors import Permanent, Transient
from correlator.settings import Settings, load_settings
from correlator.store.migrate import migrate, schema_version
from correlator.store.session import holds_a_file, open_engine

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


def open_known_world(settings: Settings | None = None) -> World:
    """A World that is there already, its tables made current: what a command starts from that
    would have nothing to say of a new one. Permanent, with nothing made, where there is none."""
    return open_migrated_world(founded(settings or load_settings()))


def founded(settings: Settings) -> Settings:
    """The settings, if anything was ever kept under them; else Permanent, saying what to do."""
    if is_founded(settings):
        return settings
    place = str(settings.data_dir.resolve())
    if settings.database_url:
        place = make_url(settings.database_url).render_as_string(hide_password=True)
    raise Permanent(
        f"There is no Correlator in {place}: nothing was ever kept there."
        " `correlator up` starts one. If yours lies elsewhere, say where:"
        " `correlator --data-dir DIR …`, CORRELATOR_DATA_DIR or CORRELATOR_DATABASE_URL."
    )


def is_founded(settings: Settings) -> bool:
    """Whether these settings' database has tables, of whatever version. Makes nothing."""
    if not holds_a_file(settings.database):
        return False
    engine = open_engine(settings.database)
    try:
        return bool(schema_version(engine))
    except OperationalError as fault:
        raise Transient(f"The database did not answer: {fault.orig}") from fault
    finally:
        engine.dispose()


def open_migrated_world(settings: Settings | None = None) -> World:
    """A World whose tables are there and current; made where there are none."""
    world = open_world(settings)
    migrate(world.engine)
    return world
