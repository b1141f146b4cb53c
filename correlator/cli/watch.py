"""``correlator watch``: waits in a pipeline for how a release fares; its exit code says it."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TextIO
from urllib.parse import urlencode, urlsplit

import click

from correlator.cli import EXIT_FAULT, EXIT_NO, as_json, command_world
from correlator.errors import Permanent, Transient

EVERY_SECONDS = 15.0
SETTLED_SECONDS = 120.0
FINE, WORSE = "fine", "worse"
FINAL = (FINE, WORSE, "cannot-tell")
_TIME = re.compile(r"\A(\d{1,5})(s|m|h)\Z")
_SECONDS = {"s": 1, "m": 60, "h": 3600}

Answer = dict[str, Any]
Ask = Callable[[], Answer]


def _seconds(_context: click.Context, _option: click.Parameter, text: str) -> float:
    found = _TIME.match(text)
    if found is None:
        raise click.BadParameter("write it as 30m, 90s or 2h.")
    return float(int(found[1]) * _SECONDS[found[2]])


@click.command()
@click.option("--release", required=True, help="The release that was deployed.")
@click.option("--environment", help="Where; default: everywhere it went.")
@click.option(
    "--service",
    "services",
    multiple=True,
    help="Of which service, may be repeated; default: all that have it.",
)
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
    services: tuple[str, ...],
    **asked: str | None,
) -> None:
    """Wait until it is known how a release fares beside the version before it.

    Exit code 0: fine. 1: worse, roll back. 2: it could not be told in time, or there is no such
    deploy, or the input is bad. Worse anywhere is worse; fine is fine everywhere, of each service
    that was named. It waits for a release that nobody has told of yet; a server that is away for a
    while is asked again.

    \b
    correlator watch --release shop@1.4.2 --environment production --timeout 30m
    correlator watch --release shop@1.4.2 --service cart --service pay \\
      --server https://correlator.example.org --token-file token || ./roll-back
    """
    given = token_file.read().strip() if token_file else token
    asked["service"] = services[0] if len(services) == 1 else None
    ask = _over_http(server, given, asked) if server else _here(asked)
    told = _narrowed(_wait(ask, services, timeout), services)
    click.echo(as_json(told) if wants_json else _words(told, asked["release"] or ""))
    click.get_current_context().exit(_exit(told))


def _wait(ask: Ask, services: tuple[str, ...], timeout: float) -> Answer:
    """Ask until nothing changes any more or time is up. A deploy may not have been told of yet."""
    until, settled = time.monotonic() + timeout, time.monotonic() + SETTLED_SECONDS
    answer: Answer | None = None
    while True:
        try:
            answer = ask()
        except Transient:
            # What was heard before stands; who never answered cannot be left out.
            if answer is None and time.monotonic() >= until:
                raise
        told = _narrowed(answer, services) if answer is not None else None
        now = time.monotonic()
        if told is not None and (now >= until or _is_over(told, is_settled=now >= settled)):
            return told
        time.sleep(min(EVERY_SECONDS, max(until - time.monotonic(), 0.05)))


def _narrowed(answer: Answer, services: tuple[str, ...]) -> Answer:
    """What was asked for, and the services of which nothing is known."""
    deploys = [one for one in answer["deploys"] if not services or one["service"] in services]
    known = {one["service"] for one in deploys}
    return {
        "deploys": deploys,
        "missing": [name for name in services if name not in known],
        "waiting": answer.get("waiting", 0),
    }


def _is_over(told: Answer, *, is_settled: bool) -> bool:
    """Whether asking again would bring nothing new: of a marker that was not read yet it may, and
    at first of a deploy that is live no longer, which may be about to go out again."""
    if _exit(told) == EXIT_NO:
        return True
    is_all = bool(told["deploys"]) and not told["missing"] and not told["waiting"]
    return is_all and all(
        one["health"] in FINAL if one.get("is_live", True) else is_settled
        for one in told["deploys"]
    )


def _exit(told: Answer) -> int:
    states = {one["health"] for one in told["deploys"]}
    if WORSE in states:
        return EXIT_NO
    return 0 if states == {FINE} and not told["missing"] else EXIT_FAULT


def _words(told: Answer, release: str) -> str:
    lines = [_line(one) for one in told["deploys"]]
    lines += [f"{name}: no deploy of {release} is known." for name in told["missing"]]
    if not lines:
        return f"No deploy of {release} is known. Tell of it first: correlator deploy --help"
    return "\n".join(lines)


def _line(one: Answer) -> str:
    where = f"{one['service']} {one['release']} in {one['environment']}"
    ratio = f" {one['ratio']:.2g} times as many failures." if one["ratio"] is not None else ""
    line = f"{where}: {one['health']}.{ratio} {one['because']}"
    if one["health"] == WORSE and one.get("against") and one.get("is_live", True):
        line += f" Roll back to {one['against']['release']}."
    if one.get("missing_minutes"):
        line += f" About {one['missing_minutes']:.0f} more minutes at this pace."
    return f"{line}\n  {one['url']}" if one.get("url") else line


def _over_http(server: str, token: str | None, asked: dict[str, str | None]) -> Ask:
    from correlator.http import Outward

    if not token:
        raise Permanent("A token is needed: set CORRELATOR_TOKEN or give --token-file.")
    query = urlencode({name: value for name, value in asked.items() if value})
    bearer = {"authorization": f"Bearer {token}"}
    # Whoever types a server's address may mean one in their own network.
    private = (urlsplit(server).hostname or "",)

    def ask() -> Answer:
        with Outward(lambda: datetime.now(UTC), private, home=server, headers=bearer) as out:
            said = out.get(f"{server.rstrip('/')}/api/health?{query}").json()
        if not isinstance(said, dict) or not isinstance(said.get("deploys"), list):
            raise Permanent(f"{server} answered in a form that is not known here.")
        return said

    return ask


def _here(asked: dict[str, str | None]) -> Ask:
    from correlator.cli._fared import told_here

    world = command_world()
    return lambda: told_here(world, asked)
