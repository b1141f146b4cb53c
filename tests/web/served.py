"""The door for a server that wants an application by name: ``tests.web.served:make(...)``."""

from pathlib import Path
from tempfile import gettempdir

import flask

from correlator.settings import Settings
from correlator.store.session import open_engine
from correlator.world import World
from web.door.ingest import ingest_blueprint


def make(database_url: str) -> flask.Flask:
    """An application with the door alone, on a database that has its project already."""
    settings = Settings(data_dir=Path(gettempdir()))
    app = flask.Flask("door")
    app.register_blueprint(
        ingest_blueprint(World(settings=settings, engine=open_engine(database_url)), lambda _: None)
    )
    return app
