"""The door: what SDKs, Sentry servers and pipelines send. Verify, keep, answer; think later.

200 is said only once the row is committed. Whatever is turned away is told why in JSON and
counted; the world is not asked for anything else here, so that a request stays cheap.
"""

from collections.abc import Callable

import flask
import structlog
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from correlator import sources
from correlator.errors import Refused, Transient
from correlator.sources import Arrived, Declined
from correlator.store.intake import inbox
from correlator.store.session import transaction
from correlator.types import Inbound, Next
from correlator.world import World
from web.door import answers, senders
from web.door.counters import ACCEPTED, REFUSED, UNWOKEN
from web.door.wire import encoding_of, read_body

log = structlog.get_logger(__name__)

Wake = Callable[[Next], object]
# The world was asked to keep something and could not: the sender is to try again.
RETRY_SECONDS = 10
MARKER_LIMIT = 64 * 1024


def ingest_blueprint(world: World, wake: Wake) -> flask.Blueprint:
    """The routes that take deliveries; ``wake`` tells a worker to look, and may fail.

    Every path is taken with and without its last slash: a POST must not be redirected.
    """
    door = _Door(world, wake)
    blueprint = flask.Blueprint("ingest", __name__)
    views: dict[str, Callable[..., flask.Response]] = {
        "/api/<project>/envelope": door.envelope,
        "/api/<project>/store": door.store,
        "/hooks/sentry/<slug>": door.hook,
        "/hooks/github/<slug>": door.github,
        "/hooks/gitlab/<slug>": door.gitlab,
        "/api/deploys": door.deploy,
        "/api/0/organizations/<_organisation>/releases/<release>/deploys": door.sentry_deploy,
    }
    for path, view in views.items():
        for form, name in ((path, view.__name__), (path + "/", f"{view.__name__}/")):
            blueprint.add_url_rule(form, name, view, methods=["POST"], strict_slashes=True)
            blueprint.add_url_rule(
                form, f"preflight-{name}", answers.preflight, methods=["OPTIONS"]
            )
    blueprint.after_request(answers.with_cors)
    blueprint.register_error_handler(Refused, _refused)
    blueprint.register_error_handler(HTTPException, _http)
    blueprint.register_error_handler(Transient, _later)
    blueprint.register_error_handler(SQLAlchemyError, _later)
    blueprint.register_error_handler(Exception, door.defect)
    return blueprint


def _refused(refused: Refused) -> flask.Response:
    REFUSED.labels(_route(), refused.reason).inc()
    return answers.refusal(refused)


def _http(fault: HTTPException) -> flask.Response:
    return _refused(Refused(fault.code or 400, "http", fault.description or fault.name))


def _later(fault: Exception) -> flask.Response:
    log.warning("could not be kept; the sender was told to try again", fault=str(fault)[:300])
    REFUSED.labels(_route(), "unavailable").inc()
    return answers.later(RETRY_SECONDS)


def _route() -> str:
    return (flask.request.endpoint or "").rpartition(".")[2].rstrip("/")


class _Door:
    """What each route does with a request."""

    def __init__(self, world: World, wake: Wake) -> None:
        self._world = world
        self._wake = wake
        self._limits = sources.limits_of(world.settings)

    def envelope(self, project: str) -> flask.Response:
        """``POST /api/<project>/envelope/``."""
        return self._from_sdk("sentry-envelope", project)

    def store(self, project: str) -> flask.Response:
        """``POST /api/<project>/store/``."""
        return self._from_sdk("sentry-store", project)

    def hook(self, slug: str) -> flask.Response:
        """``POST /hooks/sentry/<slug>``: signed by Sentry over the exact bytes."""
        body = read_body(self._limits.wire)
        project_id = senders.by_signature(self._world, slug, body, flask.request.headers)
        self._keep("sentry-webhook", project_id, body)
        return answers.answer(200, {"detail": "kept"})

    def github(self, slug: str) -> flask.Response:
        """``POST /hooks/github/<slug>``: signed by GitHub over the exact bytes."""
        body = read_body(self._limits.wire)
        return self._from_forge(
            "github",
            senders.by_hub_signature(self._world, slug, body, flask.request.headers),
            body,
        )

    def gitlab(self, slug: str) -> flask.Response:
        """``POST /hooks/gitlab/<slug>``: GitLab sends the secret itself along."""
        # Proved before the body is read: the secret lies in a header.
        project_id = senders.by_hook_token(self._world, slug, flask.request.headers)
        return self._from_forge("gitlab", project_id, read_body(self._limits.wire))

    def deploy(self) -> flask.Response:
        """``POST /api/deploys``: a marker, with a token."""
        token = senders.by_token(self._world, flask.request.headers)
        body = read_body(min(self._limits.wire, MARKER_LIMIT))
        named = sources.project_named(body, encoding_of(flask.request.headers))
        project_id = senders.project_of_marker(self._world, token, named)
        kept, is_new = self._keep("deploy", project_id, body)
        return answers.answer(200, {"id": kept.delivery, "accepted": is_new})

    def sentry_deploy(self, _organisation: str, release: str) -> flask.Response:
        """``sentry-cli deploys new``: the same, as sentry-cli says it."""
        token = senders.by_token(self._world, flask.request.headers)
        sent = read_body(min(self._limits.wire, MARKER_LIMIT))
        body, said = sources.marker_of(sent, encoding_of(flask.request.headers), release)
        project_id = senders.project_of_marker(self._world, token, None)
        kept, _ = self._keep("deploy", project_id, body, encoding="")
        return answers.answer(201, sources.reply(said, kept.delivery))

    def defect(self, fault: Exception) -> flask.Response:
        """A fault of ours: reported, and answered without a word about our insides."""
        self._world.report(fault)
        REFUSED.labels(_route(), "defect").inc()
        said = "A defect of ours stopped it. It was not kept, and has been reported."
        return answers.answer(500, {"detail": said})

    def _from_sdk(self, source: str, project: str) -> flask.Response:
        body = read_body(self._limits.wire)
        request = flask.request
        key = senders.key_of(request.headers, request.args)
        if key is None and source == "sentry-envelope":
            key = sources.dsn_key(body, encoding_of(request.headers))
        project_id = senders.by_key(self._world, project, key)
        try:
            kept, _is_new = self._keep(source, project_id, body)
        except Declined as nothing:
            ACCEPTED.labels(source, "nothing kept").inc()
            return answers.kept(nothing.event_id)
        return answers.kept(kept.delivery)

    def _from_forge(self, source: str, project_id: int, body: bytes) -> flask.Response:
        try:
            self._keep(source, project_id, body)
        except Declined:
            ACCEPTED.labels(source, "nothing kept").inc()
            said = "not about a pull request or a finished deployment: not kept"
            return answers.answer(200, {"detail": said})
        return answers.answer(200, {"detail": "kept"})

    def _keep(
        self, source: str, project_id: int, body: bytes, encoding: str | None = None
    ) -> tuple[Inbound, bool]:
        """Check, commit, then wake a worker. Returns what was kept, and whether it is new.
        ``encoding``: where it is another than the request's."""
        headers = flask.request.headers
        inbound = sources.check(
            source,
            Arrived(
                project_id=project_id,
                body=body,
                limits=self._limits,
                received_at=self._world.now(),
                encoding=encoding_of(headers) if encoding is None else encoding,
                headers={name.lower(): value for name, value in headers.items()},
            ),
        )
        with transaction(self._world.engine) as session:
            row_id = inbox.receive(session, inbound)
        ACCEPTED.labels(source, "known already" if row_id is None else "kept").inc()
        if row_id is not None:
            self._say(Next("digest"))
        return inbound, row_id is not None

    def _say(self, todo: Next) -> None:
        """Wake a worker. The row is committed: whatever goes wrong here, the sweep finds it."""
        try:
            sent = self._wake(todo)
        except Exception as fault:  # noqa: BLE001 - a broker may fail in any way; nothing is lost
            log.warning("wake-up failed; the sweep will find the work", fault=repr(fault)[:200])
            sent = False
        if sent is False:
            UNWOKEN.inc()
