"""The web application: pages, their JSON twins, and the door for events.

``create_app`` gets its world and its queue as arguments, so that tests and the server differ in
nothing else.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Flask, Response
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from correlator import __version__
from correlator.types import Next
from correlator.world import World
from web import auth, pages, templating
from web.door import gate_facts, health, metrics, watching
from web.door.ingest import ingest_blueprint
from web.subjects import SUBJECTS

CONTENT_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def create_app(world: World, wake: Callable[[Next], object]) -> Flask:
    """The application over ``world``; ``wake`` tells a worker what to look at, and may be late."""
    app = Flask("web", static_folder="static", template_folder="templates")
    _configure(app, world)
    app.extensions["correlator"] = pages.House(world=world, wake=wake)
    app.before_request(pages.bound_what_is_asked)
    csrf = CSRFProtect(app)
    auth.register(app, world)
    templating.register(app, world)
    app.register_blueprint(health.blueprint(world))
    app.register_blueprint(metrics.blueprint(world))
    pages.register(app, SUBJECTS)
    door = ingest_blueprint(world, wake)
    csrf.exempt(door)
    app.register_blueprint(door)
    app.register_blueprint(gate_facts.gate_blueprint(world))
    app.register_blueprint(watching.watch_blueprint(world))
    app.after_request(_harden)
    return app


def _configure(app: Flask, world: World) -> None:
    base = urlsplit(world.settings.base_url)
    prefix = base.path.rstrip("/")
    app.config.update(
        SECRET_KEY=world.settings.secret(),
        SESSION_COOKIE_NAME="correlator",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=base.scheme == "https",
        SESSION_COOKIE_PATH=prefix or "/",
        PERMANENT_SESSION_LIFETIME=timedelta(days=14),
        WTF_CSRF_TIME_LIMIT=None,
        # Behind a proxy the referrer names the outside address; SameSite and the token stand.
        WTF_CSRF_SSL_STRICT=False,
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(minutes=10),
        MAX_FORM_MEMORY_SIZE=100_000,
    )
    app.url_map.strict_slashes = False
    app.url_defaults(_name_the_version)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    if hops := world.settings.trusted_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops, x_prefix=hops
        )
    if prefix:
        app.wsgi_app = _mounted(app.wsgi_app, prefix)  # type: ignore[method-assign, assignment]


def _mounted(inner: "WSGIApplication", prefix: str) -> "WSGIApplication":
    """Serve below the path of ``base_url``, whether or not a proxy has cut it off already."""

    def serve(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == prefix or path.startswith(prefix + "/"):
            environ["PATH_INFO"] = path[len(prefix) :]
        environ["SCRIPT_NAME"] = prefix
        return inner(environ, start)

    return serve


def _name_the_version(endpoint: str, values: dict[str, Any]) -> None:
    """A new version's style and scripts are fetched anew, whatever a browser still holds."""
    if endpoint == "static":
        values.setdefault("v", __version__)


def _harden(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
