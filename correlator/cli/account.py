"""``correlator account``: who may log in. A password is made for them and shown once."""

import secrets

import click
from sqlmodel import col, select

from correlator.cli import command_world, founding_world
from correlator.store.people import accounts
from correlator.store.session import reading, transaction
from correlator.store.tables import AccountRow


@click.group()
def command() -> None:
    """Say who may log in."""


@command.command()
@click.argument("email")
def add(email: str) -> None:
    """Make an account; prints its password, which is kept nowhere.

    \b
    correlator account add ana@example.org
    """
    password = _made()
    world = founding_world()
    with transaction(world.engine) as session:
        row = accounts.add(session, email, password, world.now())
        _show(row.email, password)


@command.command("new-password")
@click.argument("email")
def new_password(email: str) -> None:
    """Give an account another password and print it."""
    password = _made()
    with transaction(command_world().engine) as session:
        accounts.change_password(session, email, password)
    _show(email, password)


@command.command("list")
def list_() -> None:
    """List the accounts."""
    with reading(command_world().engine) as session:
        for row in session.exec(select(AccountRow).order_by(col(AccountRow.email))):
            click.echo(f"{row.email}\t{row.created_at:%Y-%m-%d}")


def _made() -> str:
    return secrets.token_urlsafe(12)


def _show(email: str, password: str) -> None:
    click.echo(f"Account   {email}\nPassword  {password}   (shown this once)")
