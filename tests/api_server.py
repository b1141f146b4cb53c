"""A small real HTTP server on loopback that answers as it was told, and notes what it was asked."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.serving import http_server, serving


@dataclass
class Asked:
    """A request: method, path with its query, headers by lower-case name, body."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass
class Told:
    """What to answer. ``body``: bytes as they are, anything else as JSON."""

    body: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    # Claimed length beyond what is sent: an answer that is cut off.
    missing: int = 0


class ApiServer:
    """``answers`` maps a path with its query (or else without) to what is told, or makes it."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[Asked] = []
        self.answers: dict[str, Told | Callable[[Asked], Told]] = {}

    def tell(self, path: str, body: Any, status: int = 200, **headers: str) -> None:
        """Answer a path; underscores in header names stand for dashes."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = Told(body, status, named)

    def answer(self, asked: Asked) -> Told:
        """What is told; 404 for what nobody prepared."""
        self.asked.append(asked)
        found = self.answers.get(asked.path) or self.answers.get(asked.path.partition("?")[0])
        if found is None:
            return Told({"message": "Not Found"}, 404)
        return found if isinstance(found, Told) else found(asked)

    @property
    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [one.path for one in self.asked]


@contextmanager
def api_server() -> Iterator[ApiServer]:
    """A server that knows nothing yet."""
    state = ApiServer()

    class Handler(_Handler):
        server_state = state

    with serving(http_server(Handler)) as port:
        state.url = f"http://127.0.0.1:{port}"
        yield state


class _Handler(BaseHTTPRequestHandler):
    server_state: ApiServer
    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def _answer(self, body: bytes) -> None:
        heads = {name.lower(): value for name, value in self.headers.items()}
        told = self.server_state.answer(Asked(self.command, self.path, heads, body))
        sent = told.body if isinstance(told.body, bytes) else json.dumps(told.body).encode()
        sent = b"" if told.status == 304 else sent
        self.send_response_only(told.status)  # no Date but one that was told
        for name, value in told.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(sent) + told.missing))
        self.end_headers()
        self.wfile.write(sent)
        if told.missing:
            self.close_connection = True
