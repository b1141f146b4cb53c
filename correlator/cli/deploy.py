"""``correlator deploy``: tell that a release went out. Through the server, or beside it."""

from datetime import UTC, datetime
from typing import Any, TextIO

import click
import httpx
import orjson

from correlator import sources
from correlator.cli import as_json, command_world, json_option
from correlator.errors import Permanent, Transient
from correlator.steps import drain
from correlator.store.intake import inbox
from correlator.store.intake.projects import the_project
from correlator.store.session import transaction
from correlator.types import Next


@click.command()
@click.option("--release", required=True, help="The release name that the SDK sends, too.")
@click.option("--environment", required=True, help="Where it went: production, staging, …")
@click.option("--service", help="What was rolled out; default: the project's name.")
@click.option("--revision", help="The full SHA that was built.")
@click.option(
    "--project", help="Needed where there are several and the token is not limited to one."
)
@click.option("--at", help="When the roll-out finished, RFC 3339; default: now.")
@click.option("--link", help="Address of the pipeline run, to lead back to it.")
@click.option(
    "--stage",
    type=click.Choice(["canary", "partial", "full"]),
    help="canary or partial while only a part has the release; default: full.",
)
@click.option(
    "--share", type=click.FloatRange(0, 100, min_open=True), help="Percent of it that does."
)
@click.option(
    "--outcome",
    type=click.Choice(["succeeded", "failed"]),
    help="failed: it came to nothing and served nobody; default: succeeded.",
)
@click.option(
    "--server",
    envvar="CORRELATOR_SERVER",
    help="Address of the server; default: this machine's data.",
)
@click.option("--token-file", type=click.File(), help="File with an API token, for --server.")
@click.option("--token", envvar="CORRELATOR_TOKEN", hidden=True)
@json_option
def command(
    server: str | None,
    token_file: TextIO | None,
    token: str | None,
    wants_json: bool,
    project: str | None,
    **marker: Any,
) -> None:
    """Tell that a release was deployed.

    \b
    correlator deploy --release shop@1.4.2 --environment production --service shop \\
        --revision "$(git rev-parse HEAD)"
    From a pipeline, with CORRELATOR_TOKEN set (or --token-file):
    correlator deploy --server https://correlator.example.org --release … --environment …
    """
    said = {name: value for name, value in marker.items() if value is not None}
    if "link" in said:
        said["url"] = said.pop("link")
    said.setdefault("at", datetime.now(UTC).isoformat())
    if server:
        said |= {"project": project} if project else {}
        answer = _over_http(server, token_file.read().strip() if token_file else token, said)
    else:
        answer = _here(project, said)
    if wants_json:
        click.echo(as_json(answer))
        return
    where = f"{said['release']} in {said['environment']}"
    click.echo(f"Deploy of {where}: {'accepted' if answer.get('accepted') else 'known already'}.")


def _here(project: str | None, said: dict[str, Any]) -> dict[str, Any]:
    """Through the same inbox as over HTTP, and worked on at once, by us."""
    world = command_world()
    with transaction(world.engine) as session:
        row = the_project(session, project)
        arrived = sources.Arrived(
            project_id=row.id or 0,
            body=orjson.dumps(said),
            limits=sources.limits_of(world.settings),
            received_at=world.now(),
        )
        kept = inbox.receive(session, sources.check("deploy", arrived))
    drain(world, Next("digest"))
    return {"accepted": kept is not None, **said}


def _over_http(server: str, token: str | None, said: dict[str, Any]) -> dict[str, Any]:
    if not token:
        raise Permanent("A token is needed: set CORRELATOR_TOKEN or give --token-file.")
    try:
        answer = httpx.post(
            f"{server.rstrip('/')}/api/deploys",
            json=said,
            headers={"Authorization": f"Bearer {token}"},
            timeout=20,
        )
    except httpx.HTTPError as fault:
        raise Transient(f"{server} could not be reached: {fault}") from fault
    try:
        given = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        given = {"detail": answer.text[:200]}
    if answer.status_code >= 400:
        raise Permanent(f"{server} answered {answer.status_code}: {given.get('detail')}")
    return {"accepted": True, **said, **given}
