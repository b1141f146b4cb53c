"""The command line. One module here is one command: its ``command``, named as the module.

Exit codes: 0 done, or the answer is yes; 1 answered, and the answer is no (the verdict abstains,
a check fails); 2 bad input, or it could not be done: the message says what to do.
"""

import importlib
import pkgutil
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click
import orjson

from correlator import __version__
from correlator.errors import CorrelatorError
from correlator.logs import set_up_logs

if TYPE_CHECKING:
    from correlator.world import World

EXIT_NO = 1
EXIT_FAULT = 2


class Commands(click.Group):
    """Finds its commands by module name, and imports only the one that is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command there is."""
        return sorted(
            found.name.replace("_", "-")
            for found in pkgutil.iter_modules(__path__)
            if not found.name.startswith("_")
        )

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name; None if there is none."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"{__name__}.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="correlator")
def cli() -> None:
    """From a production error to the change that caused it."""


def main() -> None:
    """Run; a fault that we foresaw is one message and exit code 2, not a traceback."""
    set_up_logs("text", "WARNING")
    try:
        cli.main(prog_name="correlator", standalone_mode=True)
    except CorrelatorError as fault:
        click.echo(f"correlator: {fault}", err=True)
        sys.exit(EXIT_FAULT)


def command_world() -> "World":
    """A World with current tables for the command that runs; closed when the command ends."""
    from correlator.world import open_migrated_world  # slow, and not every command needs it

    world = open_migrated_world()
    click.get_current_context().call_on_close(world.engine.dispose)
    return world


def as_json(value: Any) -> str:
    """One JSON document, indented, for ``--json``."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode()


def json_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """The ``--json`` flag, the same everywhere."""
    flag = click.option(
        "--json", "wants_json", is_flag=True, help="Print one JSON document instead."
    )
    return flag(function)
