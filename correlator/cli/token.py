"""``correlator token``: API tokens for pipelines and scripts."""

import click
from sqlmodel import col, select

from correlator.cli import as_json, command_world, founding_world, json_option
from correlator.errors import Permanent
from correlator.store.intake.projects import the_project
from correlator.store.people.tokens import mint
from correlator.store.session import reading, transaction
from correlator.store.tables import TokenRow


@click.group()
def command() -> None:
    """Make, list and revoke API tokens."""


@command.command()
@click.argument("name")
@click.option("--project", help="Limit the token to one project.")
@json_option
def add(name: str, project: str | None, wants_json: bool) -> None:
    """Make a token; it is shown this once.

    \b
    correlator token add ci --project checkout
    """
    world = founding_world()
    with transaction(world.engine) as session:
        project_id = the_project(session, project).id if project else None
        token = mint(session, name, project_id, world.now())
    click.echo(as_json({"name": name, "token": token, "project": project}) if wants_json else token)


@command.command("list")
@json_option
def list_(wants_json: bool) -> None:
    """List tokens by name, never their text.

    \b
    correlator token list
    """
    world = command_world()
    with reading(world.engine) as session:
        rows = [
            {
                "id": row.id,
                "name": row.name,
                "hint": row.hint,
                "revoked": row.revoked_at is not None,
            }
            for row in session.exec(select(TokenRow).order_by(col(TokenRow.id)))
        ]
    if wants_json:
        click.echo(as_json(rows))
        return
    for row in rows:
        click.echo(
            f"{row['id']}\t{row['name']}\t{row['hint']}\t{'revoked' if row['revoked'] else 'valid'}"
        )


@command.command()
@click.argument("number", type=int)
@json_option
def revoke(number: int, wants_json: bool) -> None:
    """Revoke the token of that number (see: correlator token list).

    \b
    correlator token revoke 3
    """
    world = command_world()
    with transaction(world.engine) as session:
        row = session.get(TokenRow, number)
        if row is None:
            raise Permanent(f"There is no token number {number}. See: correlator token list")
        row.revoked_at = row.revoked_at or world.now()
        session.add(row)
    click.echo(as_json({"revoked": number}) if wants_json else f"Token {number} is revoked.")
