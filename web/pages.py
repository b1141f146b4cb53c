"""The pages: who may see them, their JSON twins, and what is said when there is none.

A page is a function that returns a dict. The HTML is rendered from it and the twin is it, so
the two cannot differ. The subjects (issues, changes, deploys, ...) have a module each.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast

import orjson
from flask import Blueprint, Flask, Response, current_app, g, render_template, request
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from correlator.store import queries
from correlator.store.session import reading
from correlator.types import Next
from correlator.world import World
from web import auth

OLD_INBOX_SECONDS = 60
Page = dict[str, Any]


@dataclass(frozen=True, slots=True)
class House:
    """What a page may use: the world to read, and the queue to wake."""

    world: World
    wake: Callable[[Next], None]


def house() -> House:
    """The house of the application that answers this request."""
    return cast(House, current_app.extensions["correlator"])


def page(
    blueprint: Blueprint, rule: str, template: str
) -> Callable[[Callable[..., Page]], Callable[..., Page]]:
    """Serve what the function returns at ``rule`` as HTML and at ``rule.json`` as JSON."""

    def register(view: Callable[..., Page]) -> Callable[..., Page]:
        name = view.__name__

        @wraps(view)
        def html(**asked: Any) -> str:
            return render_template(template, page=view(**asked), **_around())

        @wraps(view)
        def twin(**asked: Any) -> Response:
            return _json(view(**asked))

        blueprint.add_url_rule(rule, name, html)
        blueprint.add_url_rule(f"{rule.rstrip('/') or '/index'}.json", f"{name}_json", twin)
        return view

    return register


def _json(value: Any, status: int = 200) -> Response:
    body = orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS)
    return Response(body, status, mimetype="application/json")


def register(app: Flask) -> None:
    """Every page, and the answers for what is not there."""
    from web import changes, deploys, issues, projects, repositories, trouble

    for subject in (issues, changes, deploys, projects, repositories, trouble):
        subject.pages.before_request(_identify)
        app.register_blueprint(subject.pages)
    app.register_error_handler(HTTPException, _refuse)
    app.register_error_handler(Exception, _defect)


def _identify() -> Any:
    return auth.identify(house().world)


def _around() -> Page:
    """What stands around every page: alarms that concern whoever is on call."""
    world = house().world
    with reading(world.engine) as session:
        oldest = queries.oldest_waiting(session)
        troubles = queries.open_troubles(session)
    waited = (world.now() - oldest).total_seconds() if oldest else 0.0
    return {"inbox_age": waited if waited > OLD_INBOX_SECONDS else None, "troubles": troubles}


def _refuse(fault: HTTPException) -> Any:
    status = fault.code or 500
    if isinstance(fault, CSRFError):
        message = "This form is too old, or came from somewhere else. Open the page again."
    else:
        message = fault.description or ""
    if request.path.endswith(".json") or request.path.startswith("/api/"):
        return _json({"error": fault.name, "message": message}, status)
    if status < 400:
        return fault
    known = current_user.is_authenticated
    around: Page = {"inbox_age": None, "troubles": 0}
    shown = {"status": status, "name": fault.name, "message": message, "known": known}
    return render_template("error.html", page=shown, **around), status


def _defect(fault: Exception) -> Any:
    world = house().world
    world.report(fault)
    message = "Correlator itself failed here. It has been logged; nothing that was sent is lost."
    if request.path.endswith(".json") or request.path.startswith("/api/"):
        return _json({"error": "Internal Server Error", "message": message}, 500)
    g.pop("_login_user", None)
    shown = {"status": 500, "name": "This failed", "message": message, "known": False}
    return render_template("error.html", page=shown, inbox_age=None, troubles=0), 500
