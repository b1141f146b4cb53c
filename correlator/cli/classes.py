"""``correlator classes``: the recurring failure classes, and refitting them."""

import click

from correlator.cli import as_json, command_world, json_option
from correlator.plurals import many
from correlator.store.classes import reads as class_reads
from correlator.store.session import reading


@click.group()
def command() -> None:
    """The failures that keep coming back."""


@command.command()
@json_option
def refit(wants_json: bool) -> None:
    """Find the failure classes anew from all issues and from what people taught.

    The same rows give the same classes. Beat does it each week and after a lesson.

    \b
    Examples:
      correlator classes refit
      correlator classes refit --json
    """
    # NumPy and scikit-learn take seconds to import, and only this command needs them.
    from correlator.steps.refit_classes import refit_now

    told = refit_now(command_world())
    text = (
        f"{many(told['classes'], 'class holds', 'classes hold')} {told['in_a_class']} of"
        f" {many(told['issues'], 'issue')};"
        f" {told['born']} are new. It took {told['seconds']} s."
    )
    click.echo(as_json(told) if wants_json else text)


@command.command("list")
@json_option
def list_(wants_json: bool) -> None:
    """The classes, largest first.

    \b
    Examples:
      correlator classes list
      correlator classes list --json
    """
    world = command_world()
    with reading(world.engine) as session:
        found = class_reads.list_classes(session, None)
    told = [
        {"id": row.id, "name": row.name, "issues": sums.issues, "events": sums.events}
        for row, sums in found
    ]
    lines = [f"{one['issues']:>5} issues  {one['id']:>4}  {one['name']}" for one in told]
    empty = "There are no failure classes yet: at least five issues have to be alike."
    click.echo(as_json(told) if wants_json else "\n".join(lines) or empty)
