"""A mirrored repository as a terminal shows it."""

from datetime import UTC, datetime
from typing import Any

import click

from correlator.code.mirrors import mirror_directory
from correlator.store.tables import RepoRow
from correlator.world import World


def shown_of(world: World, row: RepoRow, slugs: list[str]) -> dict[str, Any]:
    """A repository as JSON tells it; ``slugs``: the projects whose code it holds."""
    return {
        "id": row.id,
        "repository": row.name,
        "address": row.url,
        "projects": slugs,
        "state": str(row.state),
        "problem": row.problem,
        "default_branch": row.default_branch,
        "fetched_at": row.fetched_at.isoformat() if row.fetched_at else None,
        "private": row.credential is not None,
        "mirror": str(mirror_directory(world.settings.mirrors, row.id or 0)),
    }


def tell(shown: dict[str, Any]) -> None:
    """The same as a line, and what is wrong with it."""
    projects = ", ".join(shown["projects"]) or "no project"
    when = _ago(shown["fetched_at"])
    click.echo(f"{shown['repository']}\t{shown['state']}\t{projects}\t{when}\t{shown['address']}")
    if shown["problem"]:
        click.echo(f"  {shown['problem']}")


def _ago(moment: str | None) -> str:
    if moment is None:
        return "never fetched"
    return f"fetched {datetime.fromisoformat(moment).astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
