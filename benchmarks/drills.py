"""Drills: hurt a running Correlator under load, and count whether anything accepted was lost.

    python -m benchmarks.drills [--quick] [--postgres] [NAME ...]

Each drill starts `correlator up`, sends events by HTTP, does harm, and waits until all is worked
on. One line a drill; exit code 1 if one fails (``drill_score`` says when).
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.drill_faults import DRILLS
from benchmarks.drill_score import FULL, QUICK, Bench, Outcome, Pace
from benchmarks.drill_site import open_site, small_disk
from tests.servers import Postgres, start_postgres

# Mebibytes: enough for mirrors, broker and database, little enough to fill at once.
DISK = 64


def main() -> None:
    """Run the drills that were named, or all."""
    asked = _arguments()
    pace = QUICK if asked.quick else FULL
    failed = False
    for name in asked.names or DRILLS:
        with _room() as home, _database(home, asked.postgres) as database:
            outcome = drill(name, home / "site", pace, database)
            print(outcome.line(name), flush=True)
            failed = failed or bool(outcome.faults)
            if outcome.faults:
                said = (home / "site" / "up.log").read_text("utf-8", "replace")
                print(said[-4000:], file=sys.stderr)
    sys.exit(failed)


def drill(name: str, home: Path, pace: Pace, database: str) -> Outcome:
    """Run one drill on a stack of its own."""
    with ExitStack() as stack:
        if name == "disk-full":
            stack.enter_context(small_disk(home / "data", DISK))
        settings = {"database_url": database, **pace.settings}
        return DRILLS[name](Bench(stack.enter_context(open_site(home, **settings)), pace))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", choices=[*DRILLS, []], metavar="NAME")
    parser.add_argument("--quick", action="store_true", help="short leases, a short minute")
    parser.add_argument("--postgres", action="store_true", help="on a real PostgreSQL")
    return parser.parse_args()


@contextmanager
def _room() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="drill-", ignore_cleanup_errors=True) as made:
        Path(made).chmod(0o755)
        yield Path(made)


@contextmanager
def _database(home: Path, is_postgres: bool) -> Iterator[str]:
    if not is_postgres:
        yield ""
        return
    server: Postgres = start_postgres(home / "pg")
    try:
        server.execute("create database correlator")
        yield server.url("correlator")
    finally:
        server.stop()


if __name__ == "__main__":
    main()
