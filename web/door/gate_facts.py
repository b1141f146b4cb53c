"""``GET /api/gate``: what ``correlator gate --server`` asks: forges' facts, past issues, deploys.

Rows as they are kept; what they mean for a change is judged where the clone is. A token of one
project is told what that project was told, and nothing of repositories that are not its own.
"""

from datetime import datetime
from typing import Any

import flask
import orjson

from correlator.errors import Refused, Transient
from correlator.store.code.standings import projects_of
from correlator.store.code.told import RepositoryTold, told_of
from correlator.store.issues import past as past_issues
from correlator.store.session import reading
from correlator.store.tables import TokenRow
from correlator.world import World
from web.door import answers, senders

RETRY_SECONDS = 10


def gate_blueprint(world: World) -> flask.Blueprint:
    """The route, and its refusals as JSON."""
    blueprint = flask.Blueprint("gate_facts", __name__)
    blueprint.add_url_rule("/api/gate", "facts", lambda: _facts(world), methods=["GET"])
    blueprint.register_error_handler(Refused, answers.refusal)
    blueprint.register_error_handler(Transient, lambda _: answers.later(RETRY_SECONDS))
    return blueprint


def _facts(world: World) -> flask.Response:
    token = senders.by_token(world, flask.request.headers)
    name = flask.request.args.get("repository", "")[:200]
    since = _moment(flask.request.args.get("since", ""))
    with reading(world.engine) as session:
        repo = past_issues.repo_named(session, name)
        projects = projects_of(session, repo.id or 0) if repo else []
        mine = [one for one in projects if token.project_id in (None, one)]
        if repo is None or not mine:
            raise _unknown(name, token)
        told = _since(told_of(session, repo, mine), since)
        issues = past_issues.culprits(session, repo.id or 0, mine)
        running = past_issues.running(session, mine)
    root = _url_of_issues(world)
    return _answer(
        {
            "repository": repo.name,
            "pull_requests": told.pulls,
            "reviews": told.reviews,
            "reviewed": sorted(told.reviewed),
            "agent_works": told.works,
            "issues": [{**one, "url": f"{root}{one['id']}"} for one in issues],
            "running": running,
        }
    )


def _since(told: RepositoryTold, since: datetime) -> RepositoryTold:
    """What is still open, or changed since: whatever was merged later changed later."""
    pulls = tuple(one for one in told.pulls if one.state == "open" or one.updated_at >= since)
    numbers = {one.number for one in pulls}
    return RepositoryTold(
        pulls=pulls,
        reviews=tuple(one for one in told.reviews if one.number in numbers),
        reviewed=told.reviewed & numbers,
        works=told.works,
    )


def _url_of_issues(world: World) -> str:
    """What stands before an issue's number: the same for thousands."""
    path = flask.url_for("issues.issue", issue_id=0).removesuffix("0")
    return world.settings.base_url.rstrip("/") + path.removeprefix(flask.request.script_root)


def _answer(said: dict[str, Any]) -> flask.Response:
    # Values go as they are: orjson knows dataclasses, enums and times.
    return flask.Response(orjson.dumps(said), mimetype="application/json")


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = datetime.min
    if at.tzinfo is None:
        raise Refused(400, "since", "'since' is to be a time with a zone: 2026-11-21T13:00:00Z.")
    return at


def _unknown(name: str, token: TokenRow) -> Refused:
    whose = "this token's project has" if token.project_id else "there is"
    return Refused(
        404, "unknown_repository", f"{whose} no repository {name!r}. See: correlator repo list"
    )
