"""The machine: room on the disk, who may read the secret, git, the database, the broker."""

import re
import shutil
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from correlator.code.git import run_git
from correlator.doctor import CHECKS, Finding, unknown, well, wrong
from correlator.errors import Permanent, Transient
from correlator.settings import Settings
from correlator.store.migrate import is_current, schema_version
from correlator.store.session import reading
from correlator.world import World

LEAST_ROOM = 1024**3
LEAST_SHARE = 0.05
OLDEST_GIT = (2, 31)
_GIT_VERSION = re.compile(r"git version (\d{1,4})\.(\d{1,4})")


@CHECKS.named("1 disk")
def disk(world: World) -> Iterator[Finding]:
    """A full disk means that nothing can be accepted."""
    place = world.settings.data_dir.resolve()
    used = shutil.disk_usage(place)
    said = f"{used.free // 1024**2} MiB free of {used.total // 1024**2} MiB at {place}"
    if used.free < LEAST_ROOM or used.free < LEAST_SHARE * used.total:
        yield wrong(
            "disk",
            said,
            "Make room, or set CORRELATOR_DISK_BUDGET and a lower CORRELATOR_RETENTION_DAYS"
            " (docs/retention.md).",
        )
    else:
        yield well("disk", said)


@CHECKS.named("1 secret")
def secret(world: World) -> Iterator[Finding]:
    """Whoever reads the secret key can make up sessions."""
    kept: Path = world.settings.data_dir / "secret_key"
    if world.settings.secret_key.get_secret_value() or not kept.exists():
        yield well("secret key", "comes from the settings, or has not been needed yet")
    elif (mode := kept.stat().st_mode & 0o777) & 0o077:
        yield wrong("secret key", f"{kept} has mode {mode:o}", f"chmod 600 {kept}")
    else:
        yield well("secret key", "its owner's alone")


@CHECKS.named("1 git")
def git(world: World) -> Iterator[Finding]:
    """Blame and history come from git itself."""
    try:
        said = run_git(world.settings.data_dir, "version").decode("utf-8", "replace").strip()
    except Permanent as fault:
        yield wrong("git", str(fault), "Install git and see that it is in PATH.")
        return
    found = _GIT_VERSION.search(said)
    if found is None:
        yield unknown("git", f"says {said!r}")
    elif (int(found[1]), int(found[2])) < OLDEST_GIT:
        oldest = ".".join(map(str, OLDEST_GIT))
        yield wrong("git", f"is version {found[1]}.{found[2]}", f"Install {oldest} or newer.")
    else:
        yield well("git", said)


@CHECKS.named("2 database")
def database(world: World) -> Iterator[Finding]:
    """Without it nothing is accepted."""
    where = world.engine.url.render_as_string(hide_password=True)
    try:
        with reading(world.engine) as session:
            session.execute(sa.text("select 1"))
        current = is_current(world.engine)
    except (Transient, DBAPIError) as fault:
        yield wrong(
            "database",
            f"{where} does not answer: {fault}",
            "Start it, or correct CORRELATOR_DATABASE_URL. Senders get 503 meanwhile.",
        )
        return
    if current:
        yield well("database", f"{where}, schema {schema_version()}")
        return
    yield wrong(
        "database",
        f"{where} has schema {schema_version(world.engine) or 'none'}, not {schema_version()}",
        "Run `correlator migrate`; if the database is the newer one, install that Correlator.",
    )


@CHECKS.named("3 broker")
def broker(world: World) -> Iterator[Finding]:
    """Without it work is done late, but not lost."""
    shown = _without_password(world.settings)
    try:
        said = _ping(world.settings.broker)
    except (OSError, ValueError) as fault:
        yield wrong(
            "broker",
            f"{shown} does not answer: {fault}",
            "Start it (`correlator up` starts its own), or correct CORRELATOR_REDIS_URL. What is"
            " accepted meanwhile is kept and worked on later.",
        )
        return
    if said.startswith((b"+PONG", b"-NOAUTH")):
        yield well("broker", f"{shown} answers")
    else:
        yield wrong("broker", f"{shown} answers {said[:80]!r}", "Is it Redis or Valkey at all?")


def _without_password(settings: Settings) -> str:
    parts = urlsplit(settings.broker)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _ping(url: str) -> bytes:
    """What it says to PING, asked in the protocol's own words."""
    parts = urlsplit(url)
    if parts.scheme in ("redis+socket", "unix"):
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with closing(line):
            line.settimeout(3)
            line.connect(parts.path)
            return _ask(line)
    host = parts.hostname or "127.0.0.1"
    with closing(socket.create_connection((host, parts.port or 6379), timeout=3)) as plain:
        if parts.scheme != "rediss":
            return _ask(plain)
        with ssl.create_default_context().wrap_socket(plain, server_hostname=host) as secured:
            return _ask(secured)


def _ask(line: socket.socket) -> bytes:
    line.sendall(b"PING\r\n")
    return line.recv(100)
