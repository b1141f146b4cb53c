"""``correlator project``: make projects and print their DSN."""

import click
from sqlmodel import col, select

from correlator.cli import as_json, command_world, founding_world, json_option
from correlator.store.intake.projects import add_project, dsn
from correlator.store.session import reading, transaction
from correlator.store.tables import ProjectRow
from correlator.world import World


@click.group()
def command() -> None:
    """Make projects and print their DSN."""


@command.command()
@click.argument("name")
@json_option
def add(name: str, wants_json: bool) -> None:
    """Make a project; prints the DSN to give to an SDK.

    \b
    correlator project add checkout
    correlator project add checkout --json | jq -r .dsn
    """
    world = founding_world()
    with transaction(world.engine) as session:
        shown = _shown(world, add_project(session, name, world.now()))
    if wants_json:
        click.echo(as_json(shown))
        return
    click.echo(f"Project {shown['project']} (number {shown['id']})")
    click.echo(f"DSN      {shown['dsn']}")
    click.echo(f"Webhook  {shown['webhook']}")
    click.echo(f"Next     correlator repo add {shown['project']} URL-or-path")


@command.command("list")
@json_option
def list_(wants_json: bool) -> None:
    """List the projects with their DSNs.

    \b
    correlator project list
    correlator project list --json | jq -r '.[] | select(.project == "checkout").dsn'
    """
    world = command_world()
    with reading(world.engine) as session:
        rows = [
            _shown(world, row)
            for row in session.exec(select(ProjectRow).order_by(col(ProjectRow.slug)))
        ]
    if wants_json:
        click.echo(as_json(rows))
        return
    for row in rows:
        click.echo(f"{row['project']}\t{row['dsn']}")
    if not rows:
        click.echo("No projects yet. Make one: correlator project add NAME", err=True)


def _shown(world: World, project: ProjectRow) -> dict[str, object]:
    base = world.settings.base_url.rstrip("/")
    return {
        "id": project.id,
        "project": project.slug,
        "dsn": dsn(base, project),
        "webhook": f"{base}/hooks/sentry/{project.slug}",
        "webhook_secret": project.webhook_secret,
    }
