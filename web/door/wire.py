"""Reading a request's body: at most so many bytes, whether or not it says how long it is."""

from flask import request
from werkzeug.datastructures import Headers
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from correlator.errors import Refused


def read_body(limit: int) -> bytes:
    """The body's exact bytes, as sent. Refused: 413 above ``limit``, 400 empty or cut short.

    A chunked body has no Content-Length; the server marks it as one that ends by itself.
    """
    request.max_content_length = limit
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge as fault:
        raise Refused(
            413, "too_large", f"The body is larger than the {limit} bytes taken here."
        ) from fault
    except (ClientDisconnected, OSError) as fault:
        raise Refused(
            400, "cut_short", "The body ended before it was whole. Send it again."
        ) from fault
    if not body:
        raise Refused(400, "empty", "The request has no body. Nothing was kept.")
    return body


def encoding_of(headers: Headers) -> str:
    """The Content-Encoding in lower case; empty when there is none."""
    named = headers.get("Content-Encoding", "").strip().lower()
    return "" if named == "identity" else named[:20]
