"""``correlator demo``: everything, with a small service that breaks while one looks."""

import shutil
import signal
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from correlator.chances import percent
from correlator.cli import as_json, command_settings
from correlator.demo.building import build
from correlator.demo.expected import as_records, truths
from correlator.demo.house import LOG, MARK, House, add_account, is_demo, open_house, own_settings
from correlator.demo.play import QUIET, Stage, play
from correlator.demo.score import read
from correlator.errors import Permanent
from correlator.settings import Settings
from correlator.stack import for_other_terminals, hold

ACCOUNT = "demo@localhost"
SECONDS_TO_SETTLE = 60.0


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on; 0: any free one.")
@click.option(
    "--data-dir", type=click.Path(file_okay=False, path_type=Path), help="Default: data/demo."
)
@click.option("--keep", is_flag=True, help="Go on with what the last demo left, play nothing.")
@click.option("--exit-when-played", is_flag=True, help="End when all incidents have verdicts.")
def command(port: int | None, data_dir: Path | None, keep: bool, exit_when_played: bool) -> None:
    """Run everything with a demo service that breaks as you look.

    Builds the service's history, deploys it release by release and lets it throw. Starts from
    nothing each time, in a data directory of its own. Ctrl-C ends it.

    \b
    correlator demo
    correlator demo --keep
    """
    given = command_settings()
    home = (data_dir or given.data_dir / "demo").resolve()
    played = is_demo(home)
    if not keep or not played:
        _clear(home)
    settings = own_settings(home, given.port if port is None else port)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ExitStack() as open_things:
        open_things.callback(click.echo, "stopped")
        try:
            if keep and played:
                house = open_things.enter_context(open_house(settings))
            else:
                house = _first_night(open_things, settings)
            _greet(settings)
            while house.running and not exit_when_played:
                time.sleep(0.5)
            if not house.running:
                raise Permanent(f"Correlator ended by itself; see {settings.data_dir / LOG}")
        except KeyboardInterrupt:
            click.echo("stopping")


def _clear(home: Path) -> None:
    """Start from nothing; but only remove what a demo made, and nobody uses."""
    if home.exists() and any(home.iterdir()) and not is_demo(home):
        raise Permanent(
            f"{home} holds something that no demo made; it is left alone."
            " Name an empty directory with --data-dir."
        )
    hold(home).file.close()
    shutil.rmtree(home)
    home.mkdir(parents=True)
    (home / MARK).touch(mode=0o600)


def _first_night(open_things: ExitStack, settings: Settings) -> House:
    click.echo("building the history of a small checkout service …")
    score, incidents = read("correlator.demo.history")
    repository = settings.data_dir / "checkout.git"
    now = datetime.now(UTC)
    history = build(score, repository, now - QUIET)
    truth = as_records(truths(history, incidents))
    (settings.data_dir / "expected.json").write_text(as_json(truth), encoding="utf-8")
    click.echo(f"    {len(history.shas)} commits, {len(history.releases)} releases: {repository}")
    password = add_account(settings, ACCOUNT)
    (settings.data_dir / MARK).write_text(password, encoding="ascii")
    click.echo("starting broker, worker, beat and web server …")
    house = open_things.enter_context(open_house(settings))
    stage = _set_stage(house, repository)
    play(stage, history, incidents, now, click.echo)
    _tell_verdicts(house, stage, len(incidents))
    return house


def _set_stage(house: House, repository: Path) -> Stage:
    """What a user does first: a project, its repository, a token. By the command line."""
    project = house.command("project", "add", "checkout")
    house.command("repo", "add", "checkout", str(repository))
    token = house.command("token", "add", "demo", "--project", "checkout")
    return Stage(
        dsn=project["dsn"],
        server=house.settings.base_url,
        token=token["token"],
        deployed=house.settings.data_dir / "deployed",
    )


def _tell_verdicts(house: House, stage: Stage, least: int) -> None:
    """Wait until every issue has its verdict, and say what the verdicts are."""
    end = time.monotonic() + SECONDS_TO_SETTLE
    while True:
        issues = house.get("/index.json", stage.token)["issues"]
        waiting = [one for one in issues if one["verdict"]["state"] == "waiting"]
        if len(issues) >= least and not waiting:
            break
        if time.monotonic() > end:
            raise Permanent(
                f"{len(waiting)} of {len(issues)} issues have no verdict after"
                f" {SECONDS_TO_SETTLE:.0f} s; see {house.settings.data_dir / LOG}"
            )
        time.sleep(0.3)
    for one in sorted(issues, key=lambda issue: int(issue["id"])):
        click.echo(f"    {one['short']}  {one['type']}: {_said(one['verdict'])}")


def _said(verdict: dict[str, Any]) -> str:
    lead = verdict["lead"]
    if lead is None:
        return f"no culprit named ({verdict['reason']['name']})"
    return f"{lead['subject']} ({percent(verdict['confidence'])} sure)"


def _greet(settings: Settings) -> None:
    password = (settings.data_dir / MARK).read_text(encoding="ascii")
    click.echo("")
    click.echo(f"Correlator is up: {settings.base_url}")
    click.echo(f"Log in as {ACCOUNT} with the password {password}")
    click.echo(f"For commands in another terminal: {for_other_terminals(settings)}")
    click.echo("Look first at CHECKOUT-2: its culprit is in no frame of the trace; then at")
    click.echo("CHECKOUT-7, whose first fix did not hold and whose second did (known in a minute).")
    click.echo("Ctrl-C stops everything.")
