"""``correlator account``: who may log in. A password is made for them and shown once."""

import secrets

import click
from sqlmodel import col, select

from correlator.cli import as_json, command_world, founding_world, json_option
from correlator.store.people import accounts
from correlator.store.session import reading, transaction
from correlator.store.tables import AccountRow


@click.group()
def command() -> None:
    """Say who may log in."""


@command.command()
@click.argument("email")
@json_option
def add(email: str, wants_json: bool) -> None:
    """Make an account; prints its password, which is kept nowhere.

    \b
    correlator account add ana@example.org
    """
    password = _made()
    world = founding_world()
    with transaction(world.engine) as session:
        row = accounts.add(session, email, password, world.now())
        kept = row.email
    _show(kept, password, wants_json)


@command.command("new-password")
@click.argument("email")
@json_option
def new_password(email: str, wants_json: bool) -> None:
    """Give an account another password and print it; whoever is logged in as it is logged out.

    \b
    correlator account new-password admin@localhost
    """
    password = _made()
    with transaction(command_world().engine) as session:
        accounts.change_password(session, email, password)
    _show(email, password, wants_json)


@command.command("list")
@json_option
def list_(wants_json: bool) -> None:
    """List the accounts.

    \b
    correlator account list
    """
    with reading(command_world().engine) as session:
        rows = session.exec(select(AccountRow).order_by(col(AccountRow.email))).all()
    if wants_json:
        shown = [{"email": row.email, "made_at": row.created_at.isoformat()} for row in rows]
        click.echo(as_json(shown))
        return
    for row in rows:
        click.echo(f"{row.email}\t{row.created_at:%Y-%m-%d}")
    if not rows:
        click.echo("No accounts yet. Make one: correlator account add EMAIL", err=True)


def _made() -> str:
    return secrets.token_urlsafe(12)


def _show(email: str, password: str, wants_json: bool) -> None:
    if wants_json:
        click.echo(as_json({"email": email, "password": password}))
        return
    click.echo(f"Account   {email}\nPassword  {password}   (shown this once)")
