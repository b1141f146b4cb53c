"""Failure classes in a full house: what a refit holds the database for, and what pages cost.

    python -m benchmarks.class_house [ISSUES] [--postgres]

Makes that many issues of 20 projects with outlines and tallies over twelve weeks, on SQLite or on a
PostgreSQL server of its own; runs the refit step; then asks for pages as a person who is logged in.
Seconds on the clock for what others wait for, of the processor for the rest.
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import sqlalchemy as sa
from sqlmodel import Session, col

from benchmarks.class_issues import made_issues
from correlator.classes.outline import RECIPE
from correlator.settings import Settings
from correlator.steps import refit_classes, run
from correlator.store.migrate import migrate
from correlator.store.session import open_engine, transaction
from correlator.store.tables import (
    ClassMemberRow,
    IssueRow,
    OutlineRow,
    ProjectRow,
    SuspectRow,
    TallyRow,
    VerdictRow,
)
from correlator.types import Next
from correlator.world import World
from tests import builders, servers
from tests.web.pages_site import Site

ISSUES, PROJECTS, TALLIES = 50_000, 20, 8
COMMITS, JUDGED = 2000, 0.7
ASKED = 7
PAGES = ("/classes", "/classes.json", "/classes/{largest}", "/classes/{largest}.json",
         "/reports/preview?week=2026-W47")  # fmt: skip


def main() -> None:
    """Print what filling, refitting, assigning and each page cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("issues", type=int, nargs="?", default=ISSUES)
    parser.add_argument("--postgres", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, _database(Path(home), given.postgres) as url:
        settings = Settings(data_dir=Path(home), database_url=url)
        world = World(settings, open_engine(url), now=lambda: builders.NOW)
        migrate(world.engine)
        _timed(f"filled with {given.issues} issues", lambda: _fill(world, given.issues))
        _settle(world)
        _refit(world)
        _timed("refitted again, a week later", lambda: refit_classes.refit_now(world))
        _pages(world)
        _assign(world)
        world.engine.dispose()


@contextmanager
def _database(home: Path, postgres: bool) -> Iterator[str]:
    if not postgres:
        yield f"sqlite:///{home / 'house.sqlite'}"
        return
    # Run as root, the server is somebody else's.
    home.chmod(0o755)
    server = servers.start_postgres(home / "pg")
    try:
        server.execute("create database house")
        yield server.url("house")
    finally:
        server.stop()


def _timed(what: str, work: Callable[[], object]) -> None:
    wall, spent = time.perf_counter(), time.process_time()
    work()
    print(f"{what}: {time.perf_counter() - wall:.1f} s, {time.process_time() - spent:.1f} CPU s")


def _settle(world: World) -> None:
    """What PostgreSQL does by itself in a house that filled slowly."""
    if world.engine.dialect.name != "postgresql":
        return
    with world.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in ("issue", "verdict"):
            of = f"setval(pg_get_serial_sequence('{table}', 'id'), max(id))"
            connection.execute(sa.text(f"select {of} from {table}"))
        connection.execute(sa.text("vacuum analyze"))


def _fill(world: World, count: int) -> None:
    chance = random.Random(7)
    made = list(made_issues(count, max(count // 60, 5)))
    tallies = {
        (row["issue_id"], row["hour"]): row
        for one, _ in made
        for row in (_tally(chance, one.issue_id) for _ in range(TALLIES))
    }
    with transaction(world.engine) as session:
        builders.an_account(session)
        for number in range(PROJECTS):
            builders.a_project(session, f"shop-{number}")
        session.execute(sa.insert(IssueRow), [_issue(chance, one.issue_id) for one, _ in made])
        outlines = [
            {"issue_id": one.issue_id, "recipe": RECIPE, "tokens": list(one.tokens),
             "at": builders.NOW}
            for one, _ in made
        ]  # fmt: skip
        session.execute(sa.insert(OutlineRow), outlines)
        session.execute(sa.insert(TallyRow), list(tallies.values()))
        _blame(session, chance, count)


def _issue(chance: random.Random, number: int) -> dict[str, Any]:
    seen = builders.NOW - timedelta(hours=chance.randrange(2000))
    return {
        "id": number, "project_id": 1 + number % PROJECTS, "number": number, "type": "KeyError",
        "value": f"'{number}'", "level": "error", "platform": "python", "kind": "missing_key",
        "first_environment": "production", "first_service": f"svc{number % 60}",
        "times_seen": TALLIES, "users_seen": 3, "first_seen": seen, "last_seen": seen,
        "first_event_id": number, "status": "open", "wants_verdict": False, "attempts": 0,
    }  # fmt: skip


def _blame(session: Session, chance: random.Random, count: int) -> None:
    """Verdicts over most of the issues, three suspects each, from two thousand commits."""
    repo = builders.a_repo(session)
    for number in range(COMMITS):
        author = chance.choice(("ai", "mixed", "human", "human"))
        builders.a_commit(session, repo, f"commit-{number}", author=author)
    judged = [number for number in range(1, count + 1) if chance.random() < JUDGED]
    verdicts = [
        {"id": number, "issue_id": number, "event_id": number, "repo_id": repo.id,
         "at": builders.NOW, "confidence": 0.6, "because": "It wrote the line that raised.",
         "weights": "v1", "seconds": 0.4, "snippets": [builders.a_snippet()]}
        for number in judged
    ]  # fmt: skip
    session.execute(sa.insert(VerdictRow), verdicts)
    suspects = [
        {"verdict_id": number, "place": place, "score": 3.0 / place, "probability": 0.6 / place,
         "sha": builders.sha_of(f"commit-{chance.randrange(COMMITS)}"), "in_range": True}
        for number in judged
        for place in (1, 2, 3)
    ]  # fmt: skip
    session.execute(sa.insert(SuspectRow), suspects)
    named = sa.update(IssueRow).where(col(IssueRow.id).in_(sa.select(col(VerdictRow.id))))
    session.execute(named.values(verdict_id=col(IssueRow.id)))


def _tally(chance: random.Random, issue: int) -> dict[str, Any]:
    hour = builders.NOW.replace(minute=0) - timedelta(hours=chance.randrange(2000))
    return {
        "issue_id": issue, "hour": hour, "release": "1", "environment": "production",
        "service": f"svc{issue % 60}", "events": 1 + chance.randrange(9), "windows": 1,
    }  # fmt: skip


def _refit(world: World) -> None:
    """The first refit, in which every issue moves; how long its transaction holds the database."""
    held: list[float] = []
    plain = refit_classes._write

    def timed(*given: Any) -> None:
        began = time.perf_counter()
        plain(*given)
        held.append(time.perf_counter() - began)

    with patch.object(refit_classes, "_write", timed):
        _timed("refitted for the first time", lambda: print(refit_classes.refit_now(world)))
    print(f"of which the database is held for writing: {held[0]:.2f} s")


def _assign(world: World) -> None:
    """What the step costs for a new issue, database and all; the model is read with the first."""
    with transaction(world.engine) as session:
        issues = [_new_issue(session, number) for number in range(101)]
        session.execute(sa.delete(ClassMemberRow).where(col(ClassMemberRow.issue_id).in_(issues)))
    _timed("the first assignment of a process", lambda: run(world, Next("assign", (issues[0],))))
    took = []
    for one in issues[1:]:
        began = time.perf_counter()
        run(world, Next("assign", (one,)))
        took.append(1000 * (time.perf_counter() - began))
    print(f"assigning a new issue: median {statistics.median(took):.1f} ms, worst {max(took):.1f}")


def _new_issue(session: Any, number: int) -> int:
    project = session.get_one(ProjectRow, 1)
    issue = builders.an_issue(session, project, kind="none_deref", number=10**6 + number)
    builders.some_events(session, issue)
    return issue.id or 0


def _pages(world: World) -> None:
    site = Site(world)
    site.log_in()
    largest = site.twin("/classes.json")["classes"][0]["id"]
    for page in PAGES:
        address = page.format(largest=largest)
        took = []
        for _ in range(1 if "report" in page else ASKED):
            began = time.perf_counter()
            size = len(site.client.get(address).data)
            took.append(1000 * (time.perf_counter() - began))
        print(f"{page}: median {statistics.median(took):.0f} ms, {size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
