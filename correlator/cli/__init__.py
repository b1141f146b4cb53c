"""The command line. One module here is one command: its ``command``, named as the module.

Exit codes: 0 done, or the answer is yes; 1 answered, and the answer is no (the verdict abstains,
a check fails); 2 bad input, or it could not be done: the message says what to do.
"""

import importlib
import pkgutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from correlator import __version__
from correlator.errors import CorrelatorError
from correlator.logs import set_up_logs

if TYPE_CHECKING:
    from correlator.settings import Settings
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
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the installation lies; default: CORRELATOR_DATA_DIR, or beside ./run.",
)
def cli(data_dir: Path | None) -> None:
    """From a production error to the change that caused it.

    Exit codes: 0 done, or the answer is yes; 1 answered, and the answer is no (no culprit is named,
    a check fails, there is none); 2 bad input, or it could not be done: the message says what to
    do. Where a command's 1 means more, its own --help says what.
    """


def main() -> None:
    """Run; a fault that we foresaw is one message and exit code 2, not a traceback."""
    set_up_logs("text", "WARNING")
    try:
        cli.main(prog_name="correlator", standalone_mode=True)
    except CorrelatorError as fault:
        click.echo(f"correlator: {fault}", err=True)
        sys.exit(EXIT_FAULT)


def command_settings(**given: object) -> "Settings":
    """The settings for the command that runs. What is given here (and not None) outweighs
    ``--data-dir`` before the command, and that the environment."""
    from correlator.settings import load_settings  # slow, and not every command needs it

    before = {"data_dir": click.get_current_context().find_root().params.get("data_dir")}
    chosen = [*before.items(), *given.items()]
    return load_settings(**{name: value for name, value in chosen if value is not None})


def command_world() -> "World":
    """The World of an installation that is there, for the command that runs; closed when it ends.

    Permanent where there is none: an empty answer from a place where nothing was ever kept would
    be a wrong one.
    """
    from correlator.world import open_known_world

    return _until_the_end(open_known_world(command_settings()))


def founding_world() -> "World":
    """The same for a command that may be the first: it makes the tables where there are none."""
    from correlator.world import open_migrated_world

    return _until_the_end(open_migrated_world(command_settings()))


def _until_the_end(world: "World") -> "World":
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
