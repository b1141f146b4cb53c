"""Runs the demo's service at one revision, as its own process, and calls it over HTTP.

The code is taken out of git as it was deployed; sentry-sdk inside it sends what it throws.
"""

import http.client
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from correlator.code.git import run_git
from correlator.demo.incidents import LAST, Call
from correlator.demo.partners import LOOPBACK
from correlator.errors import Permanent
from correlator.supervisor import die_with_us

# What the service still has to send may take it a minute.
STOP_SECONDS = 75.0
BETWEEN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a shop runs: what its SDK is told, and who its partners are."""

    dsn: str
    release: str
    environment: str
    partners: str


@dataclass(frozen=True, slots=True)
class Shop:
    """A running service."""

    port: int
    clock: Path

    def serve(self, calls: tuple[Call, ...], at: datetime) -> None:
        """Make the calls as if from ``at`` on, some minutes apart; Permanent when one is not
        answered as the score says it is."""
        order = None
        for place, call in enumerate(calls):
            self.clock.write_text((at + place * BETWEEN).isoformat(), "ascii")
            body = {name: order if said == LAST else said for name, said in call.body.items()}
            status, reply = self._answer(call, body)
            if status != call.status:
                raise Permanent(f"{call.path} {body} answered {status}, not {call.status}: {reply}")
            order = reply.get("order", order)

    def _answer(self, call: Call, body: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        line = http.client.HTTPConnection(LOOPBACK, self.port, timeout=30)
        try:
            line.request("POST", call.path, json.dumps(body), {"X-User": call.user.encode()})
            answer = line.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            line.close()


def check_out(repository: Path, sha: str, directory: Path) -> None:
    """Put the files of a revision into a new directory."""
    archive = run_git(repository, "archive", "--format=tar", sha)
    directory.mkdir(parents=True)
    # Each file by itself: extractall(filter="data") needs Python 3.11.4, and Debian 12 has 3.11.2.
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        for member in files:
            held = files.extractfile(member)
            if held is None:  # a directory
                continue
            target = directory / member.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(held.read())


@contextmanager
def open_shop(code: Path, setting: Setting) -> Iterator[Shop]:
    """Run the service in ``code``; when the block ends, what it had to report has been sent."""
    clock = code.with_suffix(".clock")
    clock.write_text(datetime.now(UTC).isoformat(), "ascii")
    process = subprocess.Popen(
        [sys.executable, "-m", "correlator.demo.back_then", str(clock), "checkout.server"],
        cwd=code,
        env=_environment(setting),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=die_with_us(signal.SIGTERM, os.getpid()),
    )
    try:
        yield Shop(_port(process), clock)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()


def _port(process: subprocess.Popen[str]) -> int:
    said = process.stdout.readline() if process.stdout else ""
    if not said.startswith("listening on "):
        raise Permanent("The demo's service did not start; its own message is above.")
    return int(said.split()[-1])


def _environment(setting: Setting) -> dict[str, str]:
    partners = {f"CHECKOUT_{name}_URL": setting.partners for name in ("PAYMENTS", "CARRIER")}
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        "SENTRY_DSN": setting.dsn,
        "SENTRY_RELEASE": setting.release,
        "SENTRY_ENVIRONMENT": setting.environment,
        **partners,
        "CHECKOUT_WAREHOUSE_URL": setting.partners,
    }
