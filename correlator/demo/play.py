"""Lets the incidents happen: deploy after deploy, each release is run, called, and throws.

Everything reaches Correlator as a user's things would: markers by ``POST /api/deploys`` with a
token, errors and calls from sentry-sdk inside the service. Weeks are played in a minute: a release
goes out soon after it was tagged, and the shop is used every few hours until the next. Only the
partner that is gone fails today.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx

from correlator.demo.building import History
from correlator.demo.incidents import Call, Incident
from correlator.demo.partners import closed_partners, open_partners
from correlator.demo.shop import Setting, check_out, open_shop
from correlator.errors import Permanent

ENVIRONMENT = "production"
# So long before now the last commit is made: long enough to tell whether the last fix held.
QUIET = timedelta(days=5)
ROLL_OUT = timedelta(minutes=25)
FIRST_USE = timedelta(minutes=4)
# A round of use takes less than that.
ROUND = timedelta(minutes=75)
PAUSE = timedelta(hours=4)
PARTNER_GONE = timedelta(minutes=40)
BULBS = [{"sku": "BLB-E27", "quantity": 6}, {"sku": "CRD-TXT"}]
EVERYDAY = (
    Call("/health"),
    Call("/quote", {"lines": BULBS, "country": "SE", "code": "HELLO10"}, "ada"),
    Call("/shipping/options", {"lines": BULBS, "country": "FR"}, "chiara"),
    Call("/quote", {"lines": BULBS, "country": "DE"}, "ben"),
    Call("/quote", {"lines": BULBS, "country": "FR"}, "dora"),
)


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the play is sent to: a project's DSN, the server, a token for deploy markers, and the
    directory that deployed code is put into."""

    dsn: str
    server: str
    token: str
    deployed: Path


@dataclass(frozen=True, slots=True)
class Run:
    """A release while it is live, ``until`` the next one or the end of the play."""

    release: str
    code: Path
    at: datetime
    until: datetime

    def uses(self) -> Iterator[datetime]:
        """When a round of use begins: every few hours, but some times in a short life, too."""
        pause = min(PAUSE, max(ROUND, (self.until - self.at) / 8))
        use = self.at + FIRST_USE
        while use + ROUND < self.until:
            yield use
            use += pause


def play(
    stage: Stage,
    history: History,
    incidents: tuple[Incident, ...],
    now: datetime,
    say: Callable[[str], None],
) -> None:
    """Deploy and run every release in order; returns when all that was thrown has been sent."""
    for number, run in enumerate(runs(stage, history, now), start=1):
        sha = history.releases[run.release]
        say(
            f"{run.at:%d %b} deploy {number} of {len(history.releases)}: {run.release} ({sha[:10]})"
        )
        check_out(history.directory, sha, run.code)
        mark(stage, run.release, sha, run.at)
        for incident in incidents:
            if incident.release == run.release:
                say(f"    {incident.story}")
        run_release(stage, run, incidents)


def runs(stage: Stage, history: History, now: datetime) -> list[Run]:
    """Each release with the time that it was live."""
    begun = [at + ROLL_OUT for at in history.released_at.values()]
    names = list(history.releases)
    code = [stage.deployed / name.replace("@", "-") for name in names]
    return [Run(*one) for one in zip(names, code, begun, [*begun[1:], now], strict=True)]


def run_release(stage: Stage, run: Run, incidents: Sequence[Incident]) -> None:
    """Run one release with its everyday calls and those of its incidents."""
    calls = list(EVERYDAY)
    for one in incidents:
        if one.release == run.release and one.partner:
            calls.extend(one.calls)
        calls.extend(one.afterwards.get(run.release, ()))
    _serve(stage, run, open_partners(), tuple(calls), tuple(run.uses()))
    for one in incidents:
        if one.release == run.release and not one.partner:
            _serve(stage, run, closed_partners(), one.calls, (run.until - PARTNER_GONE,))


def _serve(
    stage: Stage,
    run: Run,
    partners: AbstractContextManager[str],
    calls: tuple[Call, ...],
    at: Sequence[datetime],
) -> None:
    with partners as address:
        setting = Setting(stage.dsn, run.release, ENVIRONMENT, address)
        with open_shop(run.code, setting) as shop:
            for use in at:
                shop.serve(calls, use)


def mark(stage: Stage, release: str, sha: str, at: datetime) -> None:
    """Tell the server that a release went out then."""
    marker = {
        "release": release,
        "environment": ENVIRONMENT,
        "service": "checkout",
        "revision": sha,
        "at": at.isoformat(),
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
