"""``correlator pull-requests``: what a forge knew before its hook was there, from files.

The files hold what GitHub's API says, fetched with whatever has a read-only token; this process
needs none, and opens no connection.
"""

from pathlib import Path

import click

from correlator.cli import command_world
from correlator.cli.gate import read_facts
from correlator.steps import drain, in_hundreds
from correlator.store.projects import the_project
from correlator.store.pull_requests import keep_pull_request, keep_review, told_in_full
from correlator.store.session import transaction
from correlator.store.standings import forget_standings


@click.group()
def command() -> None:
    """Pull requests and their reviews, as far as they are known here."""


@command.command("import")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--project", help="The project whose code they change; not needed for the only one.")
def import_(files: tuple[Path, ...], project: str | None) -> None:
    """Take pull requests from FILES: JSON of GitHub's API, each with all its reviews.

    {"pull_request": GET /repos/…/pulls/N, "reviews": GET …/pulls/N/reviews}, or a list of such.
    The newest state stands, whatever came by hooks in the meantime.
    """
    world, facts = command_world(), read_facts(files)
    with transaction(world.engine) as session:
        project_id = the_project(session, project).id or 0
        repos: list[int] = []
        for pull in facts.pulls:
            keep_pull_request(session, project_id, pull)
            told_in_full(session, project_id, pull)
            repos += forget_standings(session, project_id, pull)
        for review in facts.reviews:
            keep_review(session, project_id, review)
    drain(world, *in_hundreds("account", repos))
    click.echo(f"{len(facts.pulls)} pull requests with {len(facts.reviews)} reviews taken.")
