"""``GET /api/health``: how the deploys of a release fare, for ``correlator watch --server``."""

import flask
import orjson

from correlator.errors import Refused, Transient
from correlator.store.deploys import page as deploy_page
from correlator.store.deploys.health import health_of
from correlator.store.deploys.history import replaced_at
from correlator.store.intake.inbox import waiting_of
from correlator.store.session import reading
from correlator.world import World
from web import present
from web.deploys import fared
from web.door import answers, senders

RETRY_SECONDS = 10


def watch_blueprint(world: World) -> flask.Blueprint:
    """The route, and its refusals as JSON."""
    blueprint = flask.Blueprint("watching", __name__)
    blueprint.add_url_rule("/api/health", "fared", lambda: _fared(world), methods=["GET"])
    blueprint.register_error_handler(Refused, answers.refusal)
    blueprint.register_error_handler(Transient, lambda _: answers.later(RETRY_SECONDS))
    return blueprint


def _fared(world: World) -> flask.Response:
    token = senders.by_token(world, flask.request.headers)
    asked = {name: flask.request.args.get(name) for name in ("release", "environment", "service")}
    if not asked["release"]:
        raise Refused(400, "release", "'release' is missing: which one is to be watched?")
    place = (asked["environment"], asked["service"])
    with reading(world.engine) as session:
        # First: a marker that is read between the two is then counted, rather than in neither.
        waiting = waiting_of(session, "deploy", token.project_id)
        rows = deploy_page.newest_of(session, asked["release"], *place, token.project_id)
        known = health_of(session, [row.id for row in rows])
        told = [
            {
                **present.deploy(row),
                **fared.health(session, row, known.get(row.id or 0), world.now())[0],
                "url": _url(world, row.id or 0),
                "is_live": replaced_at(session, row) is None,
            }
            for row in rows
        ]
    said = {"deploys": told, "waiting": waiting}
    return flask.Response(orjson.dumps(said), mimetype="application/json")


def _url(world: World, deploy_id: int) -> str:
    path = flask.url_for("deploys.deploy", deploy_id=deploy_id)
    return world.settings.base_url.rstrip("/") + path.removeprefix(flask.request.script_root)
