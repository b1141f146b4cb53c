"""How long each page takes to answer over a year of a busy team, in the server alone.

    python -m benchmarks.big_year DATABASE_URL && python -m benchmarks.page_speed DATABASE_URL ...

Every address of ``page_addresses`` is asked for through the application itself, as somebody who
is logged in: once to warm up, then until 20 answers or 1.5 seconds are full, 5 times at least. The
table has median and 95th percentile beside the limit (200 ms on PostgreSQL, 500 ms on SQLite), the
CPU that an answer takes in this process and in PostgreSQL's (where that runs on this machine,
without its parallel workers), its statements and size; worst first. Two databases stand side by
side. No page's process remembers anything; what a worker prepares at the first look is forgotten
before each of the answers called "first look". Exit code 1 if a median is over its limit, a page
answers with an error, or one has no address.

With ``--readers 8 --seconds 20``: over HTTP, by eight at once, one address of each page.
"""

import argparse
import gc
import tempfile
from pathlib import Path
from statistics import median

from benchmarks import page_readers
from benchmarks.page_addresses import addresses, examples, unasked
from benchmarks.page_visits import SECONDS, Measured, Visitor, prepare
from benchmarks.year_sql import NOW
from correlator.settings import Settings
from correlator.steps import drain
from correlator.store.session import open_engine, reading
from correlator.world import World

LIMITS = {"postgresql": 0.2, "sqlite": 0.5}


def measured(url: str, only: str, seconds: float) -> tuple[str, list[Measured], list[str]]:
    """Dialect, what was measured, and the pages that have no address."""
    engine = open_engine(url)
    world = World(settings=_settings(url), engine=engine, now=lambda: NOW)
    check, report = prepare(world)
    with reading(engine) as session:
        known = addresses(examples(session, check, report))
    visitor = Visitor(world, seconds)
    # As ``web.wsgi`` does.
    gc.set_threshold(50_000, 20, 20)
    gc.collect()
    gc.freeze()
    asked = [(page, one) for page, some in known.items() for one in some if one.startswith(only)]
    found = [visitor.measure(*one) for one in asked]
    if "/reports/preview".startswith(only):
        found.append(visitor.measure("first look", "/reports/preview", visitor.forget_previews))
    missing = list(unasked(visitor.app, known))
    engine.dispose()
    return engine.dialect.name, found, missing


def read_by_many(url: str, only: str, readers: int, seconds: float) -> list[str]:
    """One address of each page that people look at, asked by many at once."""
    engine = open_engine(url)
    world = World(settings=_settings(url), engine=engine, now=lambda: NOW)
    visitor = Visitor(world)
    check, report = prepare(world)
    with reading(engine) as session:
        known = addresses(examples(session, check, report))
    pages = [some[0] for some in known.values() if some[0].startswith(only or "/")]
    shown = [one for one in pages if not one.startswith(("/api/", "/login"))]
    for one in shown:
        # What is made at the first look is made before.
        visitor.look(one)
        drain(world, *visitor.woken)
        visitor.woken.clear()
    lines = page_readers.table(url, shown, readers, seconds)
    engine.dispose()
    return [f"{engine.dialect.name}, {len(shown)} pages", "", *lines]


def _settings(url: str) -> Settings:
    return Settings(data_dir=Path(tempfile.mkdtemp()), database_url=url)


def table(found: dict[str, list[Measured]]) -> list[str]:
    """As Markdown: a line an address, the one that is nearest to its limit first."""
    columns = [f"{name}: median | p95 | CPU | statements" for name in found]
    lines = ["| page | " + " | ".join(columns) + " | kB |"]
    lines.append("|---" * (lines[0].count("|") - 1) + "|")
    by_address: dict[str, dict[str, Measured]] = {}
    for name, some in found.items():
        for one in some:
            by_address.setdefault(one.address, {})[name] = one
    ordered = sorted(
        by_address.items(),
        key=lambda pair: -max(one.wall / LIMITS[name] for name, one in pair[1].items()),
    )
    for address, each in ordered:
        cells = " | ".join(_cells(each[name]) if name in each else "| | |" for name in found)
        size = next(iter(each.values())).answers[-1].size
        lines.append(f"| `{address}` | {cells} | {size / 1000:.0f} |")
    return lines


def worst(found: list[Measured]) -> list[Measured]:
    """Of each page the address that took longest; of first looks all."""
    slowest: dict[str, Measured] = {}
    for one in found:
        if one.page not in slowest or one.wall > slowest[one.page].wall:
            slowest[one.page] = one
    return [one for one in found if one.page == "first look" or slowest[one.page] is one]


def _cells(one: Measured) -> str:
    own, backend = one.cpu
    cpu = f"{1000 * own:.0f}" + (f" + {1000 * backend:.0f}" if backend else "")
    times = f"{1000 * one.wall:.0f} ms | {1000 * one.slow:.0f} ms | {cpu} ms"
    return f"{times} | {median(each.statements for each in one.answers):.0f}"


def faults(name: str, found: list[Measured], missing: list[str]) -> list[str]:
    """What keeps the exit code from being 0."""
    said = [f"{name}: no address for {endpoint}" for endpoint in missing]
    for one in found:
        status = one.answers[-1].status
        if status != 200:
            said.append(f"{name}: {status} of {one.address}")
        if one.wall > LIMITS[name]:
            said.append(f"{name}: {1000 * one.wall:.0f} ms is over the limit: {one.address}")
    return said


def main() -> None:
    """Measure every page of each database and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("urls", nargs="+", metavar="url")
    parser.add_argument("--only", default="", help="addresses that begin so")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for each address")
    parser.add_argument("--worst", action="store_true", help="show one address of each page")
    parser.add_argument("--readers", type=int, help="so many readers at once, instead of one")
    given = parser.parse_args()
    if given.readers:
        for url in given.urls:
            print("\n".join(read_by_many(url, given.only, given.readers, given.seconds)))
        return
    found: dict[str, list[Measured]] = {}
    said: list[str] = []
    for url in given.urls:
        name, some, missing = measured(url, given.only, given.seconds)
        found[name] = some
        said += faults(name, some, missing)
    if given.worst:
        named = {one.address for some in found.values() for one in worst(some)}
        found = {
            name: [one for one in some if one.address in named] for name, some in found.items()
        }
    print("\n".join(table(found)))
    print("\n".join(said) or "Every page within its limit.")
    raise SystemExit(bool(said))


if __name__ == "__main__":
    main()
