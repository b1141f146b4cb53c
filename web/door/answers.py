"""What the door answers: JSON that says what to do, readable by a browser of any origin."""

import flask
import orjson

from correlator.errors import Refused

# Told to SDKs on success, so that they stop sending what is not kept: seconds, categories, scope.
UNWANTED = ";".join(
    (
        "attachment",
        "feedback",
        "log_byte",
        "log_item",
        "metric_bucket",
        "monitor",
        "profile",
        "profile_chunk",
        "profile_chunk_ui",
        "profile_duration",
        "replay",
        "span",
        "trace_metric",
        "user_report_v2",
    )
)
RATE_LIMITS = f"3600:{UNWANTED}:organization:not_kept_here"
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST, OPTIONS",
    "Access-Control-Allow-Headers": (
        "content-type, x-sentry-auth, x-requested-with, origin, accept, authentication, "
        "authorization, content-encoding, transfer-encoding, sentry-trace, baggage, "
        "x-forwarded-for, referer"
    ),
    "Access-Control-Max-Age": "3600",
    "Access-Control-Expose-Headers": "X-Sentry-Error, X-Sentry-Rate-Limits, Retry-After",
}


def answer(status: int, said: dict[str, object]) -> flask.Response:
    """A JSON answer."""
    return flask.Response(orjson.dumps(said), status, mimetype="application/json")


def kept(event_id: str | None) -> flask.Response:
    """The 200 that an SDK waits for; tells it which kinds of items it need not send at all."""
    response = answer(200, {"id": event_id} if event_id else {})
    response.headers["X-Sentry-Rate-Limits"] = RATE_LIMITS
    return response


def refusal(refused: Refused) -> flask.Response:
    """Why a delivery was turned away. The header is for browsers' consoles and SDKs' logs."""
    response = answer(refused.status, {"detail": str(refused)})
    response.headers["X-Sentry-Error"] = refused.reason
    if refused.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def later(seconds: int) -> flask.Response:
    """The 503 for what we could not keep: it is the sender's still."""
    said = f"It could not be kept just now, and was not. Send it again in {seconds} s."
    response = answer(503, {"detail": said})
    response.headers["Retry-After"] = str(seconds)
    response.headers["X-Sentry-Error"] = "unavailable"
    return response


def preflight(**_path: str) -> flask.Response:
    """What a browser asks before it sends."""
    return flask.Response(status=200)


def with_cors(response: flask.Response) -> flask.Response:
    """Let pages of any origin read the answer, a refusal too."""
    response.headers.extend(_CORS)
    return response
