"""``correlator repo``: mirror repositories, link them to projects, fetch them now."""

from pathlib import Path
from typing import Any

import click
from sqlmodel import Session, col, select

from correlator.cli import EXIT_NO, as_json, command_world, founding_world, json_option
from correlator.cli._mirrored import shown_of, tell
from correlator.cli._progress import Progress
from correlator.code.addresses import Address, check_address
from correlator.code.credentials import forget_credential, keep_key, keep_token, suits
from correlator.code.locks import Busy
from correlator.code.mirrors import MirrorState, mirror_directory, remove_mirror
from correlator.errors import Permanent
from correlator.plurals import many
from correlator.steps.fetch import fetch_now
from correlator.store.code import repos
from correlator.store.code.forges import find_forge
from correlator.store.intake.projects import find_project, the_project
from correlator.store.session import reading, transaction
from correlator.store.tables import ProjectRow, RepoRow
from correlator.world import World

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def command() -> None:
    """Mirror repositories and link them to projects."""


@command.command()
@click.argument("name")
@click.argument("address", metavar="URL-OR-PATH")
@click.option("--project", help="Whose code it is; default: of the same name, or the only one.")
@click.option("--token-file", type=FILE, help="File with a read-only token (TOKEN or USER:TOKEN).")
@click.option("--key-file", type=FILE, help="A read-only ssh deploy key, without passphrase.")
@json_option
def add(
    name: str,
    address: str,
    project: str | None,
    token_file: Path | None,
    key_file: Path | None,
    wants_json: bool,
) -> None:
    """Mirror a repository and keep it fetched.

    \b
    correlator repo add checkout https://github.com/acme/checkout
    correlator repo add checkout git@github.com:acme/checkout.git --key-file deploy_key
    correlator repo add checkout /srv/git/checkout.git
    """
    world = founding_world()
    allowed = world.settings.allowed_repository_paths
    checked = check_address(_whole(address), allowed)
    with reading(world.engine) as session:
        owner = _owner(session, name, project)
    credential = _kept(world, checked, token_file, key_file)
    shown = _added(world, name, checked, credential, owner)
    if wants_json:
        click.echo(as_json(shown))
        return
    tell(shown)
    if owner is None:
        click.echo(f"Next: correlator repo link {name} PROJECT (no project is linked yet)")


@command.command("list")
@json_option
def list_(wants_json: bool) -> None:
    """List the repositories and how their mirrors are.

    \b
    correlator repo list
    """
    world = command_world()
    with reading(world.engine) as session:
        rows = [shown_of(world, row, slugs) for row, slugs in repos.all_repos(session)]
    if wants_json:
        click.echo(as_json(rows))
        return
    for row in rows:
        tell(row)
    if not rows:
        click.echo("No repositories yet. Add one: correlator repo add NAME URL-or-path", err=True)


@command.command()
@click.argument("name", required=False)
@json_option
@click.pass_context
def fetch(ctx: click.Context, name: str | None, wants_json: bool) -> None:
    """Fetch a repository now, or all of them.

    Exit code 0: fetched; 1: one could not be, and why is said.

    \b
    correlator repo fetch checkout
    correlator repo fetch
    """
    world = command_world()
    with reading(world.engine) as session:
        rows = [repos.the_repo(session, name)] if name else [r for r, _ in repos.all_repos(session)]
    fetched = []
    for row in rows:
        fetched.append(_fetched(world, row.id or 0, row.name))
        if not wants_json:
            tell(fetched[-1])
    if wants_json:
        click.echo(as_json(fetched))
    failed = {MirrorState.STALE, MirrorState.UNAVAILABLE} & {one["state"] for one in fetched}
    ctx.exit(EXIT_NO if failed else 0)


@command.command()
@click.argument("name")
@json_option
def remove(name: str, wants_json: bool) -> None:
    """Remove a repository: its mirror, credential and links. Verdicts given stay.

    \b
    correlator repo remove checkout
    """
    world = command_world()
    with reading(world.engine) as session:
        row = repos.the_repo(session, name)
    _drop(world, row)
    click.echo(as_json({"removed": name}) if wants_json else f"Repository {name} removed.")


@command.command()
@click.argument("name")
@click.argument("project")
@click.option("--stack-root", default="", help="Start of paths in stack traces, such as /app/ …")
@click.option("--source-root", default="", help="… and what stands for it in the repository: src/")
@json_option
def link(name: str, project: str, stack_root: str, source_root: str, wants_json: bool) -> None:
    """Say that a project's code lies in a repository; again to change the roots.

    \b
    correlator repo link monorepo checkout --stack-root /app/ --source-root services/checkout/
    """
    world = command_world()
    with transaction(world.engine) as session:
        row, owner = repos.the_repo(session, name), the_project(session, project)
        repos.link_repo(session, owner.id or 0, row.id or 0, stack_root, source_root)
        woken = repos.wake_waiting(session, row.id or 0)
    if wants_json:
        click.echo(as_json({"project": owner.slug, "repository": name, "looked_at_again": woken}))
        return
    click.echo(f"Project {owner.slug} has its code in {name}.")
    if woken:
        click.echo(f"{many(woken, 'issue')} that waited for code: looked at again.")


def _whole(address: str) -> str:
    """A path relative to where we are, made whole; anything else as it is."""
    is_path = bool(address) and "://" not in address and not address.startswith("-")
    return str(Path(address).absolute()) if is_path and Path(address).exists() else address


def _owner(session: Session, name: str, project: str | None) -> ProjectRow | None:
    """The project to link to: as said, or of the same name, or the only one."""
    if project is not None:
        return the_project(session, project)
    if same := find_project(session, name.lower()):
        return same
    known = session.exec(select(ProjectRow).order_by(col(ProjectRow.id)).limit(2)).all()
    return known[0] if len(known) == 1 else None


def _kept(world: World, address: Address, token: Path | None, key: Path | None) -> str | None:
    if token is not None and key is not None:
        raise Permanent("Give --token-file or --key-file, not both.")
    suits(address, "x.token" if token else "x.key" if key else None)
    if token is not None:
        return keep_token(world.settings.data_dir, token)
    return keep_key(world.settings.data_dir, key) if key is not None else None


def _added(
    world: World, name: str, address: Address, credential: str | None, owner: ProjectRow | None
) -> dict[str, Any]:
    """Add, link and fetch; when it cannot be fetched, nothing of it stays."""
    try:
        with transaction(world.engine) as session:
            row = repos.add_repo(session, name, address.text, credential, world.now())
            if owner is not None:
                repos.link_repo(session, owner.id or 0, row.id or 0)
    except BaseException:
        forget_credential(world.settings.data_dir, credential)
        raise
    try:
        shown = _fetched(world, row.id or 0, name)
    except BaseException:
        _drop(world, row)
        raise
    if shown["state"] in (MirrorState.NEW, MirrorState.UNAVAILABLE):
        _drop(world, row)
        raise Permanent(f"{shown['problem']}\nNothing was added.")
    return shown


def _drop(world: World, row: RepoRow) -> None:
    try:
        remove_mirror(mirror_directory(world.settings.mirrors, row.id or 0))
    except Busy as fault:
        raise Permanent(f"{row.name} is being fetched; try again when that is done.") from fault
    with transaction(world.engine) as session:
        forge = find_forge(session, row.id or 0)
        repos.remove_repo(session, row.id or 0)
    forget_credential(world.settings.data_dir, row.credential)
    forget_credential(world.settings.data_dir, forge.credential if forge else None)


def _fetched(world: World, repo_id: int, name: str) -> dict[str, Any]:
    """Fetch now, with progress on stderr; what the row says then."""
    progress = Progress(name)
    fetch_now(world, repo_id, progress.hear)
    progress.end()
    with reading(world.engine) as session:
        found = [pair for pair in repos.all_repos(session) if pair[0].id == repo_id]
    return shown_of(world, *found[0])
