"""``correlator pull-requests``: what a forge knew before its hook was there.

Asked for through its API with a read-only token, or taken from files that hold what the API says,
for whoever wants no connection opened from here.
"""

from datetime import UTC, datetime
from pathlib import Path

import click

from correlator.backfill import Forge, forge_of
from correlator.cli import as_json, command_world, json_option
from correlator.cli._facts import read_facts
from correlator.code.credentials import forget_credential, keep_token
from correlator.errors import Permanent
from correlator.http import Throttled
from correlator.plurals import many
from correlator.steps import drain, in_hundreds
from correlator.steps.pull_requests import Brought, bring_now
from correlator.store.code.forges import keep_forge, start_over
from correlator.store.code.pull_requests import keep_pull_request, keep_review, told_in_full
from correlator.store.code.repos import the_repo
from correlator.store.code.standings import forget_standings
from correlator.store.intake.projects import the_project
from correlator.store.session import transaction
from correlator.types import Next
from correlator.world import World

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def command() -> None:
    """Pull requests and their reviews, as far as they are known here."""


@command.command("import")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--project", help="The project whose code they change; not needed for the only one.")
@json_option
def import_(files: tuple[Path, ...], project: str | None, wants_json: bool) -> None:
    """Take pull requests from FILES: JSON of a forge's API, each with all its reviews.

    GitHub: {"pull_request": GET /repos/…/pulls/N, "reviews": GET …/pulls/N/reviews, "commits":
    GET …/pulls/N/commits}. GitLab: {"merge_request": GET /projects/…/merge_requests/N,
    "approvals": GET …/approvals, "notes": GET …/notes, "versions": GET …/versions, "commits":
    GET …/commits}. Or a list of such.
    The newest state stands, whatever came by hooks in the meantime.

    \b
    correlator pull-requests import pulls.json --project checkout
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
    pulls, reviews = len(facts.pulls), len(facts.reviews)
    if wants_json:
        click.echo(as_json({"pull_requests": pulls, "reviews": reviews}))
        return
    click.echo(f"{many(pulls, 'pull request')} with {many(reviews, 'review')} taken.")


@command.command()
@click.argument("repository")
@click.option("--since", help="Ask again for all that changed since then, as 2026-06-01.")
@click.option(
    "--token-file", type=FILE, help="File with a read-only token; kept, as that of the code is."
)
@click.option("--forge", type=click.Choice(["github", "gitlab"]), help="If the host does not tell.")
@click.option("--api-url", help="Where the API is, as https://git.example.com/api/v3.")
@click.option("--name", help="The full name there, if the address does not end in it.")
@json_option
def fetch(
    repository: str,
    since: str | None,
    token_file: Path | None,
    forge: str | None,
    api_url: str | None,
    name: str | None,
    wants_json: bool,
) -> None:
    """Ask the forge of REPOSITORY for its pull requests and their reviews.

    Asked for oldest first; whatever stops it, the same command goes on where it stopped. With a
    token it is then kept current by itself.

    GitHub: a fine-grained token with "Pull requests: read" (and "Contents: read" for the commits).
    GitLab: a project access token, role Reporter, scope read_api.

    \b
    correlator pull-requests fetch checkout --token-file token
    correlator pull-requests fetch checkout --since 2026-06-01
    correlator pull-requests fetch shop --forge gitlab --api-url https://git.example.com/api/v4
    """
    world, moment = command_world(), _date(since)
    with transaction(world.engine) as session:
        row = the_repo(session, repository)
        repo_id, where = row.id or 0, forge_of(row.url, forge, api_url, name)
    _remember(world, repo_id, where, token_file)
    if moment is not None:
        with transaction(world.engine) as session:
            start_over(session, repo_id, moment)
    brought = _brought(world, repo_id)
    drain(world, Next("account", (repo_id,)))
    if wants_json:
        click.echo(as_json({"repository": where.repository, "pull_requests": brought.asked}))
        return
    click.echo(f"{many(brought.asked, 'pull request')} of {where.repository} taken.")


def _remember(world: World, repo_id: int, where: Forge, token_file: Path | None) -> None:
    data_dir = world.settings.data_dir
    kept = keep_token(data_dir, token_file) if token_file else None
    try:
        with transaction(world.engine) as session:
            place = (where.kind, where.api, where.repository)
            replaced = keep_forge(session, repo_id, place, kept)
    except BaseException:
        forget_credential(data_dir, kept)
        raise
    forget_credential(data_dir, replaced)


def _brought(world: World, repo_id: int) -> Brought:
    def hear(done: int, of: int) -> None:
        if done % 50 == 0 or done == of:
            click.echo(f"{done} of {of}", err=True)

    try:
        return bring_now(world, repo_id, hear)
    except Throttled as fault:
        again = datetime.fromtimestamp(world.now().timestamp() + fault.seconds, UTC)
        raise Permanent(
            f"{fault} What came so far is kept. The same command goes on, after {again:%H:%M} UTC."
        ) from fault


def _date(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as fault:
        raise Permanent(f"--since: {text!r} is no date, as 2026-06-01.") from fault
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
