"""Health: does the process live, and can it do its work."""

from flask import Blueprint, Response, jsonify
from sqlalchemy.exc import OperationalError

from correlator.store.migrate import is_current
from correlator.world import World


def blueprint(world: World) -> Blueprint:
    """``/healthz`` and ``/readyz``: open to everyone, and telling nothing about the data."""
    health = Blueprint("health", __name__)

    @health.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="ok")

    @health.get("/readyz")
    def readyz() -> tuple[Response, int]:
        problem = _problem(world)
        if problem:
            return jsonify(status="not ready", problem=problem), 503
        return jsonify(status="ok"), 200

    return health


def _problem(world: World) -> str | None:
    try:
        migrated = is_current(world.engine)
    except OperationalError:
        return "The database does not answer."
    return None if migrated else "The database is not migrated to this version: `./run up` does it."
