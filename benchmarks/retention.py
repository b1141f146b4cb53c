"""How long retention takes, and what intake feels of it.

    python -m benchmarks.retention [EVENTS] [DATABASE_URL]

Fills a database (SQLite in a temporary directory unless an empty one is named) with events that
are all past their time, then keeps accepting deliveries while ``retain`` works, and prints how long
one took to be committed: alone, and meanwhile. Also the speed of looking through texts for erasing.
"""

import hashlib
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles

import sqlalchemy as sa
from sqlmodel import col

from correlator.settings import Settings
from correlator.steps.retain import retain
from correlator.store.intake import inbox
from correlator.store.intake.bodies import pack
from correlator.store.migrate import migrate
from correlator.store.people import erasure
from correlator.store.session import open_engine, reading, transaction
from correlator.store.tables import EventRow, IssueRow, ProjectRow
from correlator.types import Event, Inbound
from correlator.world import World

OLD = datetime(2026, 1, 1, tzinfo=UTC)
A_ISSUE = 200
ROWS = 5000


def fill(engine: sa.Engine, number: int) -> int:
    """Old events, ``A_ISSUE`` to an issue, of ten releases; the project's id."""
    body = pack(Event(event_id="0" * 32, at=OLD, extra={"noise": _noise(2400)}))
    with transaction(engine) as session:
        project = ProjectRow(slug="b", public_key="k", webhook_secret="s", created_at=OLD)
        session.add(project)
        session.flush()
        session.execute(sa.insert(IssueRow), [_issue(project, n) for n in range(number // A_ISSUE)])
    for first in range(0, number, ROWS):
        with transaction(engine) as session:
            rows = [_event(project, n, body) for n in range(first, min(first + ROWS, number))]
            session.execute(sa.insert(EventRow), rows)
    return project.id or 0


def _noise(length: int) -> str:
    blocks = (hashlib.sha256(b"%d" % n).hexdigest() for n in range(length // 64 + 1))
    return "".join(blocks)[:length]


def _issue(project: ProjectRow, number: int) -> dict[str, object]:
    fields = ("level", "platform", "first_environment", "first_service", "type", "value")
    plain = {name: "error" for name in fields}
    return {
        **plain, "id": number + 1, "project_id": project.id, "number": number + 1, "status": "open",
        "culprit_frame": "", "first_seen": OLD, "last_seen": OLD, "times_seen": A_ISSUE,
        "users_seen": 0, "wants_verdict": False, "first_event_id": number * A_ISSUE + 1,
    }  # fmt: skip


def _event(project: ProjectRow, number: int, body: bytes) -> dict[str, object]:
    at = OLD + timedelta(seconds=number)
    return {
        "project_id": project.id, "issue_id": number // A_ISSUE + 1,
        "event_id": f"{number:032x}", "at": at, "received_at": at, "release": f"r{number % 10}",
        "environment": "production", "service": "b", "stored_bytes": len(body), "body": body,
    }  # fmt: skip


def accept(engine: sa.Engine, project_id: int, until: threading.Event) -> list[float]:
    """Seconds that each delivery took to be committed, one after another, 50 a second."""
    taken = []
    while not until.is_set():
        began = time.perf_counter()
        with transaction(engine) as session:
            inbox.receive(session, _delivery(project_id))
        taken.append(time.perf_counter() - began)
        time.sleep(0.02)
    return taken


def _delivery(project_id: int) -> Inbound:
    return Inbound(
        project_id=project_id,
        source="sentry-envelope",
        delivery=str(time.perf_counter_ns()),
        body=b"x" * 4000,
        received_at=datetime.now(UTC),
    )


def show(name: str, taken: list[float]) -> None:
    """Quantiles in milliseconds."""
    cuts = quantiles(taken, n=100)
    sys.stdout.write(
        f"{name:24} {len(taken):6} commits; ms: median {cuts[49] * 1e3:.1f}, p99"
        f" {cuts[98] * 1e3:.1f}, most {max(taken) * 1e3:.1f}\n"
    )


def main() -> None:
    """Fill, measure, print."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as place:
        url = sys.argv[2] if len(sys.argv) > 2 else f"sqlite:///{place}/b.sqlite"
        engine = open_engine(url)
        migrate(engine)
        project_id = fill(engine, number)
        measure(World(settings=Settings(data_dir=Path(place)), engine=engine), project_id)
        engine.dispose()


def measure(world: World, project_id: int) -> None:
    """Intake alone, retention with intake beside it, and a search through all texts."""
    pause = threading.Event()
    threading.Timer(5, pause.set).start()
    show("intake alone", accept(world.engine, project_id, pause))
    began = time.perf_counter()
    with reading(world.engine) as session:
        looked = erasure.events_mentioning(session, erasure.Person("nobody", ()), 0, 5000)
    seconds = time.perf_counter() - began
    sys.stdout.write(f"texts of 5000 events looked through in {seconds:.2f} s {looked.ids}\n")
    done = threading.Event()
    taken: list[float] = []
    intake = threading.Thread(
        target=lambda: taken.extend(accept(world.engine, project_id, done)), daemon=True
    )
    intake.start()
    began, steps, todo = time.perf_counter(), 1, retain(world)
    while todo:
        todo, steps = retain(world, todo[0].ids), steps + 1
    seconds = time.perf_counter() - began
    done.set()
    intake.join()
    show("intake with retention", taken)
    with reading(world.engine) as session:
        left = session.execute(sa.select(sa.func.count(col(EventRow.id)))).scalar_one()
    sys.stdout.write(f"retention: {seconds:.1f} s in {steps} steps, {left} events left\n")


if __name__ == "__main__":
    main()
