"""Who is asking: a person with a session, or a program with a token that may only read."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast
from urllib.parse import urlsplit

from flask import (
    Flask,
    abort,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager, current_user, login_user, logout_user
from werkzeug.wrappers import Response

from correlator.store.people import accounts, tokens
from correlator.store.session import reading, transaction
from correlator.store.tables import AccountRow
from correlator.world import World

ADDRESS_LIMIT = "10 per minute; 60 per hour"
ACCOUNT_LIMIT = "10 per 5 minutes"
A_PERSON = "a person"
TOKEN_USE_NOTED_EVERY = timedelta(minutes=1)

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Person:
    """A logged-in account, as flask-login wants it. A changed password ends its sessions."""

    account_id: int
    email: str
    seal: str
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        """What the session keeps."""
        return f"{self.account_id}.{self.seal}"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who sees the page. ``only_project``: the one project a token may read; None is all.
    ``account_id`` None: a program."""

    account_id: int | None
    only_project: int | None


def register(app: Flask, world: World) -> None:
    """Login, logout, and the limits on guessing."""
    manager = LoginManager(app)
    manager.user_loader(lambda kept: _load(world, kept))
    manager.unauthorized_handler(_send_to_login)
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://", headers_enabled=False)
    by_address = limiter.limit(ADDRESS_LIMIT, methods=["POST"], deduct_when=_was_refused)
    by_account = limiter.limit(
        ACCOUNT_LIMIT, key_func=_account_key, methods=["POST"], deduct_when=_was_refused
    )
    guarded = by_address(by_account(lambda: _login(world)))
    app.add_url_rule("/login", "login", guarded, methods=["GET", "POST"])
    app.add_url_rule("/logout", "logout", _logout, methods=["POST"])


def viewer() -> Viewer:
    """Who asks; 401 for a program without a good token, the login page for a person."""
    return cast(Viewer, g.viewer)


def account_name(mail: str | None) -> str | None:
    """An account's mail address as it is shown: to a token of one project, only that it is a
    person. An address is a login of the whole installation."""
    return mail if mail is None or viewer().only_project is None else A_PERSON


def identify(world: World) -> Response | None:
    """Find out who asks and keep it for the request; an answer when it must end here."""
    if current_user.is_authenticated:
        g.viewer = Viewer(account_id=current_user.account_id, only_project=None)
        return None
    if bearer := _bearer():
        g.viewer = _of_token(world, bearer)
        return None
    if request.path.endswith(".json"):
        abort(401)
    return cast(Response, current_app.login_manager.unauthorized())  # type: ignore[attr-defined]


def people_only(view: Callable[P, T]) -> Callable[P, T]:
    """A view that changes something: a token will not do."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        if viewer().account_id is None:
            abort(403)
        return view(*args, **kwargs)

    return guarded


def _bearer() -> str:
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    readable = request.path.endswith(".json") and request.method in {"GET", "HEAD"}
    return value.strip() if kind.lower() == "bearer" and readable else ""


def _of_token(world: World, bearer: str) -> Viewer:
    with reading(world.engine) as opened:
        row = tokens.find(opened, bearer)
    if row is None:
        abort(401)
    now = world.now()
    if row.used_at is None or now - row.used_at > TOKEN_USE_NOTED_EVERY:
        with transaction(world.engine) as opened:
            row.used_at = now
            opened.merge(row)
    return Viewer(account_id=None, only_project=row.project_id)


def _load(world: World, kept: str) -> Person | None:
    number, _, seal = kept.partition(".")
    if not number.isdecimal():
        return None
    with reading(world.engine) as opened:
        row = opened.get(AccountRow, int(number))
    person = _person(row) if row else None
    return person if person and person.seal == seal else None


def _person(row: AccountRow) -> Person:
    return Person(account_id=cast(int, row.id), email=row.email, seal=row.password[-12:])


def _login(world: World) -> Any:
    if current_user.is_authenticated:
        return redirect(_wanted_page())
    if request.method == "GET":
        return render_template("login.html", email="", problem=None)
    email = request.form.get("email", "")[:320]
    with reading(world.engine) as opened:
        row = accounts.check(opened, email, request.form.get("password", ""))
    if row is None:
        problem = "Mail address or password is not right."
        return render_template("login.html", email=email, problem=problem), 401
    session.clear()
    session.permanent = True
    login_user(_person(row))
    return redirect(_wanted_page())


def _logout() -> Response:
    logout_user()
    session.clear()
    flash("You are logged out.")
    return redirect(url_for("login"))


def _send_to_login() -> Response:
    wanted = request.full_path.rstrip("?") if request.method == "GET" else ""
    return redirect(url_for("login", next=wanted or None))


def _wanted_page() -> str:
    """The page asked for before the login, if it is one of ours: a path and nothing else."""
    wanted = request.args.get("next", "")
    parts = urlsplit(wanted)
    ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    if not ours or parts.scheme or parts.netloc or any(ord(sign) < 32 for sign in wanted):
        return url_for("issues.index")
    return request.script_root + wanted


def _account_key() -> str:
    return "account:" + request.form.get("email", "").strip().lower()[:320]


def _was_refused(response: Response) -> bool:
    return response.status_code == 401
