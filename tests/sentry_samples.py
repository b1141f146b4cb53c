"""What real SDKs and Sentry servers sent, byte for byte. See tests/data/sentry/SOURCE.md."""

import gzip
import json
import zlib
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data" / "sentry"
KEY = "0123456789abcdef0123456789abcdef"
HOOK_SECRET = "test-client-secret-0123456789abcdef"
_SET_BY_TRANSPORT = {"host", "content-length", "transfer-encoding", "connection"}


@dataclass(frozen=True)
class Sample:
    """One request: its path, headers and the body's bytes."""

    name: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def decoded(self) -> bytes:
        if self.body[:2] == b"\x1f\x8b":
            return gzip.decompress(self.body)
        return zlib.decompress(self.body) if self.body[:2] == b"\x78\x9c" else self.body

    @property
    def event(self) -> dict[str, Any] | None:
        """The event's payload, if the request carries one."""
        if "/store/" in self.path:
            stored: dict[str, Any] = json.loads(self.decoded)
            return stored
        lines = self.decoded.split(b"\n")
        for header, line in pairwise(lines):
            if header.startswith(b'{"type":"event"'):
                found: dict[str, Any] = json.loads(line)
                return found
        return None


def sdk_samples() -> list[Sample]:
    """Every captured request of an SDK."""
    return [_sample(path) for path in sorted((DATA / "sdk").glob("*/*.request.json"))]


def sdk_sample(name: str) -> Sample:
    """One of them, as ``python-2.75.0/group``."""
    return _sample(DATA / "sdk" / f"{name}.request.json")


def hook(name: str) -> tuple[dict[str, str], bytes]:
    """Headers and body of a webhook."""
    said = json.loads((DATA / "hooks" / f"{name}.headers.json").read_text())
    return said["headers"], (DATA / "hooks" / f"{name}.body.json").read_bytes()


def hook_names() -> list[str]:
    """Every webhook there is, the unsigned one aside."""
    names = [
        path.name.removesuffix(".headers.json") for path in (DATA / "hooks").glob("*.headers.json")
    ]
    return sorted(set(names) - {"legacy-plugin"})


def _sample(request: Path) -> Sample:
    said = json.loads(request.read_text())
    name = request.name.removesuffix(".request.json")
    headers = tuple(
        (field, value) for field, value in said["headers"] if field.lower() not in _SET_BY_TRANSPORT
    )
    body = request.with_name(f"{name}.wire").read_bytes()
    return Sample(f"{request.parent.name}/{name}", said["path"], headers, body)
