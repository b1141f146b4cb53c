"""What the door costs: CPU and wall time of taking one event, and of reading it later.

``python benchmarks/intake.py [EVENTS]``: real envelopes from the tests' samples, each with an id of
its own, through the WSGI application on SQLite (synchronous=FULL) in a directory of its own. No
socket: the server's own share comes on top.
"""

import gzip
import io
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import flask

from correlator import sources
from correlator.settings import Settings
from correlator.sources.sentry_event import parse_event
from correlator.store.migrate import migrate
from correlator.store.session import open_engine, transaction
from correlator.store.tables import ProjectRow
from correlator.world import World
from web.door.ingest import ingest_blueprint

SAMPLES = Path(__file__).parent.parent / "tests" / "data" / "sentry" / "sdk" / "python-2.75.0"
KEY = "0123456789abcdef0123456789abcdef"
EVENT_ID = re.compile(rb'"event_id":"[0-9a-f]{32}"')


def main() -> None:
    """Print one line a sample."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    with tempfile.TemporaryDirectory() as directory:
        app, world = _door(Path(directory))
        for name in ("handled", "group", "big", "recursion"):
            body = gzip.decompress((SAMPLES / f"{name}.wire").read_bytes())
            bodies = [gzip.compress(_renamed(body)) for _ in range(events)]
            _post(app, bodies[0])
            with _timed(f"{name}: take", events - 1):
                for one in bodies[1:]:
                    _post(app, one)
            payload = sources.envelope.load_json(body.split(b"\n")[2], "event")
            with _timed(f"{name}: read and scrub", 20):
                for _ in range(20):
                    parse_event(payload, received_at=world.now(), secret=b"s")


def _door(directory: Path) -> tuple[flask.Flask, World]:
    settings = Settings(data_dir=directory)
    world = World(settings=settings, engine=open_engine(settings.database))
    migrate(world.engine)
    with transaction(world.engine) as session:
        row = ProjectRow(slug="shop", public_key=KEY, webhook_secret="s", created_at=world.now())
        session.add(row)
    app = flask.Flask("door")
    app.register_blueprint(ingest_blueprint(world, lambda _todo: True))
    return app, world


def _renamed(body: bytes) -> bytes:
    return EVENT_ID.sub(b'"event_id":"%b"' % uuid4().hex.encode(), body, count=2)


def _post(app: flask.Flask, body: bytes) -> None:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/api/1/envelope/",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_X_SENTRY_AUTH": f"Sentry sentry_key={KEY}",
        "HTTP_CONTENT_ENCODING": "gzip",
    }
    said: list[str] = []
    list(app.wsgi_app(environ, lambda status, *_: said.append(status)))  # type: ignore[arg-type]
    assert said == ["200 OK"], said


@contextmanager
def _timed(what: str, times: int) -> Iterator[None]:
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    cpu = (time.process_time() - cpu) / times * 1000
    wall = (time.perf_counter() - wall) / times * 1000
    print(f"{what:28} {cpu:6.2f} CPU ms  {wall:6.2f} ms")


if __name__ == "__main__":
    main()
