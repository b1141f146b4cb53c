"""Lets the incidents happen: deploy after deploy, each release is run, called, and throws.

Everything reaches Correlator as a user's things would: markers by ``POST /api/deploys`` with a
token, errors from sentry-sdk inside the service. Events are as old as they are: now.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from correlator.demo.building import History
from correlator.demo.incidents import Call, Incident
from correlator.demo.partners import closed_partners, open_partners
from correlator.demo.shop import Setting, check_out, open_shop
from correlator.errors import Permanent

ENVIRONMENT = "production"
BULBS = [{"sku": "BLB-E27", "quantity": 6}, {"sku": "CRD-TXT"}]
EVERYDAY = (
    Call("/health"),
    Call("/quote", {"lines": BULBS, "country": "SE", "code": "HELLO10"}, "ada"),
    Call("/shipping/options", {"lines": BULBS, "country": "FR"}, "chiara"),
)


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the play is sent to: a project's DSN, the server, a token for deploy markers, and the
    directory that deployed code is put into."""

    dsn: str
    server: str
    token: str
    deployed: Path


def play(
    stage: Stage, history: History, incidents: tuple[Incident, ...], say: Callable[[str], None]
) -> None:
    """Deploy and run every release in order; returns when all that was thrown has been sent."""
    for number, (release, sha) in enumerate(history.releases.items(), start=1):
        say(f"deploy {number} of {len(history.releases)}: {release} ({sha[:10]})")
        code = stage.deployed / release.replace("@", "-")
        check_out(history.directory, sha, code)
        mark(stage, release, sha)
        for incident in incidents:
            if incident.release == release:
                say(f"    {incident.story}")
        run_release(stage, release, code, incidents)


def run_release(stage: Stage, release: str, code: Path, incidents: tuple[Incident, ...]) -> None:
    """Run one release with its everyday calls and those of its incidents."""
    calls = list(EVERYDAY)
    for one in incidents:
        if one.release == release and one.partner:
            calls.extend(one.calls)
        calls.extend(one.afterwards.get(release, ()))
    _serve(stage, release, code, tuple(calls), open_partners())
    for one in incidents:
        if one.release == release and not one.partner:
            _serve(stage, release, code, one.calls, closed_partners())


def _serve(
    stage: Stage,
    release: str,
    code: Path,
    calls: tuple[Call, ...],
    partners: AbstractContextManager[str],
) -> None:
    with partners as address:
        setting = Setting(stage.dsn, release, ENVIRONMENT, address)
        with open_shop(code, setting) as shop:
            shop.serve(calls)


def mark(stage: Stage, release: str, sha: str) -> None:
    """Tell the server that a release went out now."""
    marker = {
        "release": release,
        "environment": ENVIRONMENT,
        "service": "checkout",
        "revision": sha,
        "at": datetime.now(UTC).isoformat(),
        "actor": "Jonas Weber",
    }
    answer = httpx.post(
        f"{stage.server}/api/deploys",
        json=marker,
        headers={"Authorization": f"Bearer {stage.token}"},
        timeout=30,
    )
    if answer.status_code >= 300:
        raise Permanent(f"The deploy marker was answered {answer.status_code}: {answer.text[:200]}")
