"""A stand-in for the door: keeps what SDKs and pipelines send, in order, and answers 200."""

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

import brotli

from tests.serving import http_server, serving

OPENED: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "gzip": gzip.decompress,
    "br": brotli.decompress,
}


@dataclass
class Sink:
    """What arrived so far. ``address``: host and port."""

    address: str = ""
    events: list[dict[str, Any]] = field(default_factory=list)
    markers: list[dict[str, Any]] = field(default_factory=list)

    def of(self, release: str, kind: str) -> list[dict[str, Any]]:
        """Events of a release whose surfacing exception is of that type."""
        return [
            event
            for event in self.events
            if event["release"] == release and event["exception"]["values"][-1]["type"] == kind
        ]


@contextmanager
def open_sink() -> Iterator[Sink]:
    """A sink that listens while the block lasts."""
    kept = Sink()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            body = OPENED[self.headers.get("Content-Encoding", "")](body)
            if self.path == "/api/deploys":
                kept.markers.append(json.loads(body))
            else:
                kept.events.extend(_events(body))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with serving(http_server(Door)) as port:
        kept.address = f"127.0.0.1:{port}"
        yield kept


def _events(envelope: bytes) -> Iterator[dict[str, Any]]:
    lines = envelope.split(b"\n")
    for header, payload in zip(lines[1::2], lines[2::2], strict=False):
        if header and json.loads(header).get("type") == "event":
            yield json.loads(payload)
