"""``correlator watch``: waits in a pipeline for how a release fares; its exit code says it."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO
from urllib.parse import urlencode, urlsplit

import click

from correlator.cli import EXIT_FAULT, EXIT_NO, as_json, command_world
from correlator.errors import Permanent, Transient

if TYPE_CHECKING:
    from correlator.store.tables import DeployRow
    from correlator.world import World

EVERY_SECONDS = 15.0
FINE, WORSE = "fine", "worse"
_TIME = re.compile(r"\A(\d{1,5})(s|m|h)\Z")
_SECONDS = {"s": 1, "m": 60, "h": 3600}

Answers = Callable[[], list[dict[str, Any]]]


def _seconds(_context: click.Context, _option: click.Parameter, text: str) -> float:
    found = _TIME.match(text)
    if found is None:
        raise click.BadParameter("write it as 30m, 90s or 2h.")
    return float(int(found[1]) * _SECONDS[found[2]])


@click.command()
@click.option("--release", required=True, help="The release that was deployed.")
@click.option("--environment", help="Where; default: everywhere it went.")
@click.option("--service", help="Of which service; default: all that have it.")
@click.option("--timeout", default="30m", callback=_seconds, help="How long to wait; default: 30m.")
@click.option(
    "--server",
    envvar="CORRELATOR_SERVER",
    help="Address of the server; default: this machine's data.",
)
@click.option("--token-file", type=click.File(), help="File with an API token, for --server.")
@click.option("--token", envvar="CORRELATOR_TOKEN", hidden=True)
@click.option("--json", "wants_json", is_flag=True, help="Print one JSON document instead.")
def command(
    server: str | None,
    token_file: TextIO | None,
    token: str | None,
    timeout: float,
    wants_json: bool,
    **asked: str | None,
) -> None:
    """Wait until it is known how a release fares beside the version before it.

    Exit code 0: fine. 1: worse, roll back. 2: it could not be told in time, or there is no such
    deploy, or the input is bad. Worse anywhere is worse; fine is fine everywhere.

    \b
    correlator watch --release shop@1.4.2 --environment production --timeout 30m
    correlator watch --release shop@1.4.2 --server https://correlator.example.org \\
      --token-file token || ./roll-back
    """
    given = token_file.read().strip() if token_file else token
    ask = _over_http(server, given, asked) if server else _here(asked)
    told = _wait(ask, timeout)
    click.echo(as_json({"deploys": told}) if wants_json else _words(told, asked["release"] or ""))
    click.get_current_context().exit(_exit(told))


def _wait(ask: Answers, timeout: float) -> list[dict[str, Any]]:
    """Ask until all is decided or time is up. A deploy may not have been told of yet."""
    until = time.monotonic() + timeout
    while True:
        told = _asked(ask, until)
        if _exit(told) in (0, EXIT_NO) or time.monotonic() >= until:
            return told
        time.sleep(min(EVERY_SECONDS, max(until - time.monotonic(), 0.05)))


def _asked(ask: Answers, until: float) -> list[dict[str, Any]]:
    try:
        return ask()
    except Transient:
        if time.monotonic() >= until:
            raise
        return []


def _exit(told: list[dict[str, Any]]) -> int:
    states = {one["health"] for one in told}
    if WORSE in states:
        return EXIT_NO
    return 0 if states == {FINE} else EXIT_FAULT


def _words(told: list[dict[str, Any]], release: str) -> str:
    if not told:
        return f"No deploy of {release} is known. Tell of it first: correlator deploy --help"
    return "\n".join(_line(one) for one in told)


def _line(one: dict[str, Any]) -> str:
    where = f"{one['service']} {one['release']} in {one['environment']}"
    ratio = f" {one['ratio']:.2g} times as many failures." if one["ratio"] is not None else ""
    line = f"{where}: {one['health']}.{ratio} {one['because']}"
    if one["health"] == WORSE and one.get("against") and one.get("is_live", True):
        line += f" Roll back to {one['against']['release']}."
    if one.get("missing_minutes"):
        line += f" About {one['missing_minutes']:.0f} more minutes at this pace."
    return f"{line}\n  {one['url']}" if one.get("url") else line


def _over_http(server: str, token: str | None, asked: dict[str, str | None]) -> Answers:
    from correlator.http import Outward

    if not token:
        raise Permanent("A token is needed: set CORRELATOR_TOKEN or give --token-file.")
    query = urlencode({name: value for name, value in asked.items() if value})
    bearer = {"authorization": f"Bearer {token}"}
    # Whoever types a server's address may mean one in their own network.
    private = (urlsplit(server).hostname or "",)

    def ask() -> list[dict[str, Any]]:
        with Outward(lambda: datetime.now(UTC), private, home=server, headers=bearer) as out:
            said = out.get(f"{server.rstrip('/')}/api/health?{query}").json()
        if not isinstance(said, dict) or not isinstance(said.get("deploys"), list):
            raise Permanent(f"{server} answered in a form that is not known here.")
        return list(said["deploys"])

    return ask


def _here(asked: dict[str, str | None]) -> Answers:
    world = command_world()

    def ask() -> list[dict[str, Any]]:
        from correlator.steps import run
        from correlator.store.deploys.page import newest_of
        from correlator.store.session import reading
        from correlator.types import Next

        place = (asked["environment"], asked["service"])
        with reading(world.engine) as session:
            rows = newest_of(session, asked["release"] or "", *place, None)
        if rows:
            run(world, Next("health", tuple(row.id or 0 for row in rows)))
        return [_told(world, row) for row in rows]

    return ask


def _told(world: "World", row: "DeployRow") -> dict[str, Any]:
    """As the server tells it, of what is needed here."""
    from correlator.health import BEFORE, fare
    from correlator.store.deploys.health import health_of, seen_of
    from correlator.store.deploys.page import neighbours
    from correlator.store.session import reading
    from correlator.store.tables import DeployRow

    with reading(world.engine) as session:
        decided = health_of(session, [row.id]).get(row.id or 0)
        # One moment for both: a later one would be after the end of what was seen, as if replaced.
        moment = world.now()
        seen = seen_of(session, row, moment, BEFORE)
        against = session.get(DeployRow, (decided.against_id if decided else seen.against_id) or 0)
        newer, _ = neighbours(session, row)
    now = decided or fare(seen.watched, seen.hours, moment)
    return {
        "service": row.service,
        "release": row.release,
        "environment": row.environment,
        "health": now.health,
        "because": now.because,
        "ratio": now.ratio,
        "low": now.low,
        "high": now.high,
        "missing_minutes": getattr(now, "missing_minutes", None),
        "against": {"release": against.release} if against else None,
        "is_live": newer is None,
    }
