"""A real git server over HTTPS on loopback, behind a password: ``git http-backend`` as a CGI."""

import base64
import os
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import urlsplit

from tests.serving import http_server, serving

TLS = Path(__file__).parent / "data" / "tls"
CERTIFICATE = TLS / "cert.pem"


class GitServer:
    """What the server was asked, and how it behaves. ``login`` is ``user:password``, or open."""

    def __init__(self, root: Path, login: str | None) -> None:
        self.root = root
        self.login = login
        self.redirect: str | None = None
        self.logins: list[str] = []
        self.on_request: Callable[[], None] = lambda: None
        self.url = ""

    def lets_in(self, header: str | None) -> bool:
        """Whether the request carries the right login; it is noted either way."""
        given = base64.b64decode((header or "").removeprefix("Basic ")).decode()
        self.logins.append(given)
        return self.login is None or given == self.login


@contextmanager
def git_server(root: Path, login: str | None = None) -> Iterator[GitServer]:
    """Serve the repositories under ``root`` at ``server.url + "/<name>"``."""
    state = GitServer(root, login)

    class Handler(_Handler):
        server_state = state

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE, TLS / "key.pem")
    server = http_server(Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with serving(server) as port:
        state.url = f"https://127.0.0.1:{port}"
        yield state


class _Handler(BaseHTTPRequestHandler):
    server_state: GitServer
    # With lengths and open connections: git's TLS takes a bare end of stream for an attack.
    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def _answer(self, body: bytes) -> None:
        state = self.server_state
        if state.redirect is not None:
            self.send_response(302)
            self.send_header("Location", state.redirect + self.path)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if not state.lets_in(self.headers.get("Authorization")):
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        state.on_request()
        self._pass_on(_backend(state.root, self, body))

    def _pass_on(self, said: bytes) -> None:
        head, _, body = said.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        headers["Content-Length"] = str(len(body))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _backend(root: Path, request: BaseHTTPRequestHandler, body: bytes) -> bytes:
    url = urlsplit(request.path)
    environment = {
        "PATH": os.environ["PATH"],
        "GIT_PROJECT_ROOT": str(root),
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
        "REQUEST_METHOD": request.command,
        "PATH_INFO": url.path,
        "QUERY_STRING": url.query,
        "CONTENT_TYPE": request.headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_CONTENT_ENCODING": request.headers.get("Content-Encoding", ""),
        "REMOTE_ADDR": "127.0.0.1",
    }
    done = subprocess.run(
        ["git", "http-backend"], input=body, env=environment, capture_output=True, check=True
    )
    return done.stdout
