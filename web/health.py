"""Health: does the process live, and can it do its work."""

import sqlalchemy as sa
from flask import Blueprint, Response, jsonify

from correlator.errors import Transient
from correlator.store.session import reading
from correlator.store.tables import IssueRow
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
        with reading(world.engine) as session:
            migrated = sa.inspect(session.connection()).has_table(str(IssueRow.__tablename__))
    except Transient:
        return "The database does not answer."
    return None if migrated else "The database has no tables yet: run `correlator migrate`."
