"""The pages: who may see them, their JSON twins, and what is said when there is none.

A page is a function that returns a dict. The HTML is rendered from it and the twin is it, so
the two cannot differ. The subjects (issues, changes, deploys, ...) have a module each.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast
from urllib.parse import urlencode

import orjson
from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    g,
    render_template,
    request,
    url_for,
)
from flask_login import AnonymousUserMixin
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, NotFound

from correlator.errors import Transient
from correlator.store import queries
from correlator.store.session import reading
from correlator.types import Next
from correlator.world import World
from web import auth
from web.navigation import entries

OLD_INBOX_SECONDS = 60
LARGEST_FORM = 100_000
Page = dict[str, Any]


@dataclass(frozen=True, slots=True)
class House:
    """What a page may use: the world to read, and the queue to wake."""

    world: World
    wake: Callable[[Next], object]


def house() -> House:
    """The house of the application that answers this request."""
    return cast(House, current_app.extensions["correlator"])


def section(name: str) -> Blueprint:
    """The pages of one subject: only people and programs we know see them."""
    pages = Blueprint(name, __name__)
    pages.before_request(_identify)
    return pages


def page(
    blueprint: Blueprint, rule: str, template: str
) -> Callable[[Callable[..., Page]], Callable[..., Page]]:
    """Serve what the function returns at ``rule`` as HTML and at ``rule.json`` as JSON."""

    def register(view: Callable[..., Page]) -> Callable[..., Page]:
        name = view.__name__

        @wraps(view)
        def html(**asked: Any) -> str:
            return render_template(template, page=view(**asked))

        @wraps(view)
        def twin(**asked: Any) -> Response:
            return _json(view(**asked))

        blueprint.add_url_rule(rule, name, html)
        blueprint.add_url_rule(f"{rule.rstrip('/') or '/index'}.json", f"{name}_json", twin)
        if rule == "/":
            blueprint.add_url_rule("/.json", f"{name}_json", twin)
        return view

    return register


def asked_page() -> int:
    """The page of a long list that was asked for; counts from 1."""
    asked = request.args.get("page", "1")
    return max(int(asked), 1) if asked.isdecimal() and asked.isascii() and len(asked) < 7 else 1


def _json(value: Any, status: int = 200) -> Response:
    body = orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS)
    return Response(body, status, mimetype="application/json")


def bound_what_is_asked() -> None:
    """Small forms, and no NUL: no database text may hold one. The door judges for itself."""
    if request.blueprint == "ingest":
        return
    request.max_content_length = LARGEST_FORM
    given = (request.path, *request.args.values(), *request.form.values())
    if any("\0" in text for text in given):
        abort(400, "There is a NUL character in what was sent.")


def register(app: Flask, subjects: Iterable[Blueprint]) -> None:
    """Every page, and the answers for what is not there."""
    for subject in subjects:
        app.register_blueprint(subject)
    app.context_processor(lambda: {"around": _around, "navigation": entries, "twin": _twin})
    app.register_error_handler(HTTPException, _refuse)
    app.register_error_handler(Transient, _away)
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


def _twin() -> str | None:
    """Where what this page shows lies as JSON; None for what is no page of its own."""
    name = f"{request.endpoint}_json"
    if request.method != "GET" or name not in current_app.view_functions:
        return None
    # What was asked goes behind it as text: among url_for's own arguments a name could be one of
    # those that mean something to it.
    asked = urlencode(list(request.args.items(multi=True)))
    return url_for(name, **(request.view_args or {})) + (f"?{asked}" if asked else "")


def _refuse(fault: HTTPException) -> Any:
    status = fault.code or 500
    if isinstance(fault, CSRFError):
        message = "This form is too old, or came from somewhere else. Open the page again."
    elif fault.description == NotFound.description:
        message = "There is no page at this address. It may be old, or mistyped."
    else:
        message = fault.description or ""
    if request.path.endswith(".json") or request.path.startswith("/api/"):
        return _json({"error": fault.name, "message": message}, status)
    if status < 400:
        return fault
    shown = {"status": status, "name": fault.name, "message": message}
    return render_template("error.html", page=shown), status


def _defect(fault: Exception) -> Any:
    house().world.report(fault)
    return _failed(500, "This failed", "It has been logged; nothing that was sent is lost.")


def _away(fault: Transient) -> Any:
    return _failed(503, "Not now", f"{fault} Try again in a moment.")


def _failed(status: int, name: str, message: str) -> Any:
    if request.path.endswith(".json") or request.path.startswith("/api/"):
        return _json({"error": name, "message": message}, status)
    # Who asks may be unknowable now: the database may be what failed.
    g._login_user = AnonymousUserMixin()
    shown = {"status": status, "name": name, "message": message}
    return render_template("error.html", page=shown), status
