"""How long each page takes to answer over a year of a busy team, in the server alone.

    python -m benchmarks.big_year DATABASE_URL && python -m benchmarks.page_speed DATABASE_URL

Every page with an HTML form is asked for through the application itself, as somebody who is logged
in, once to warm up and then five times; the table has the median and the slowest, worst page
first, against the limit (200 ms on PostgreSQL, 500 ms on SQLite), and the quickest, since a busy
machine can only make it slower. What steps prepare for pages is prepared first, or by the step
that the first look at a page wakes. Pages that have no address here are named, so that none is
forgotten.
"""

import argparse
import gc
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import flask
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlmodel import Session, col

from benchmarks.year_sql import NOW
from correlator.settings import Settings
from correlator.steps import drain
from correlator.steps.compare import make_anew
from correlator.store.session import open_engine, reading, transaction
from correlator.store.tables import AccountRow, IssueRow
from correlator.world import World
from tests import builders
from tests.web.pages_site import _TOKEN as TOKEN
from web.app import create_app

LIMITS = {"postgresql": 0.2, "sqlite": 0.5}
TIMES = 5
# What is no page of the product: doors, files, and what a program asks.
NO_PAGES = ("/static/", "/api/", "/healthz", "/readyz", "/metrics", "/login", "/logout")


def addresses(busy: int, calm: int, deploy: int, sha: str) -> dict[str, list[str]]:
    """Addresses to ask for, by the rule that they fall under."""
    repo = "acme/repo-1"
    return {
        "/": ["/", "/?page=200", "/?provenance=ai", "/?search=cart+thing", "/?status=all",
              "/?kind=missing_key", "/?failure_class=3", "/?week=2026-W40&status=all",
              "/?project=service-1&environment=production", f"/?suspect={sha}&status=all"],
        "/issues/<int(max=9223372036854775807):issue_id>": [f"/issues/{busy}", f"/issues/{calm}"],
        "/issues/<int(max=9223372036854775807):issue_id>/events": [f"/issues/{busy}/events"],
        "/issues/<int(max=9223372036854775807):issue_id>/joined": [f"/issues/{busy}/joined"],
        "/issues/<int(max=9223372036854775807):issue_id>/merge": [f"/issues/{busy}/merge"],
        "/issues/<int(max=9223372036854775807):issue_id>/split": [f"/issues/{busy}/split"],
        "/issues/<int(max=9223372036854775807):issue_id>/users": [f"/issues/{busy}/users"],
        "/merge": [],
        "/changes/<path:repo>/<string(minlength=7,maxlength=64):sha>": [f"/changes/{repo}/{sha}"],
        "/classes": ["/classes"],
        "/classes/<int(max=9223372036854775807):class_id>": ["/classes/1"],
        "/classes/<int(max=9223372036854775807):class_id>/merge": ["/classes/1/merge?into=2"],
        "/classes/<int(max=9223372036854775807):class_id>/split": ["/classes/1/split"],
        "/comparison": ["/comparison", "/comparison?by=directory", "/comparison?by=tool"],
        "/comparison/list": ["/comparison/list?which=changes",
                             "/comparison/list?which=incidents&arm=human&unit=change"],
        "/comparison.csv": ["/comparison.csv"],
        "/delivery": ["/delivery", "/delivery?days=365", "/delivery?days=365&service=service-1"],
        "/delivery.csv": ["/delivery.csv?days=365"],
        "/delivery/deploys": ["/delivery/deploys?which=failed&days=365"],
        "/deploys": ["/deploys", "/deploys?page=20", "/deploys?health=worse"],
        "/deploys/<int:deploy_id>": [f"/deploys/{deploy}"],
        "/fixes": ["/fixes", "/fixes?days=365", "/fixes?days=365&project=service-1"],
        "/fixes.csv": ["/fixes.csv?days=365"],
        "/fixes/issues": ["/fixes/issues?days=365", "/fixes/issues?days=365&tried=yes&cycles=1"],
        "/fixes/changes": ["/fixes/changes?days=365&which=mending"],
        "/projects": ["/projects"],
        "/projects/<slug>": ["/projects/service-1"],
        "/projects/<slug>/grouping": ["/projects/service-1/grouping"],
        "/reports": ["/reports"],
        "/reports/preview": ["/reports/preview"],
        "/reports/preview/lists/<key>": ["/reports/preview/lists/issues"],
        "/repositories": ["/repositories"],
        "/repositories/<path:name>/commits": [f"/repositories/{repo}/commits",
                                              f"/repositories/{repo}/commits?provenance=ai"],
        "/repositories/<path:name>/policy": [f"/repositories/{repo}/policy"],
        "/repositories/<path:name>/provenance": [f"/repositories/{repo}/provenance"],
        "/scorecard": ["/scorecard"],
        "/scorecard/issues": ["/scorecard/issues"],
        "/trouble": ["/trouble"],
    }  # fmt: skip


def logged_in(app: flask.Flask, world: World) -> FlaskClient:
    """A client that is somebody."""
    with transaction(world.engine) as session:
        if session.get(AccountRow, 1) is None:
            builders.an_account(session)
    client = app.test_client()
    token = TOKEN.search(client.get("/login").text)
    assert token
    given = {"email": builders.EMAIL, "password": builders.PASSWORD, "csrf_token": token[1]}
    client.post("/login", data=given)
    return client


def measured(client: FlaskClient, address: str) -> tuple[float, float, float, float, int, int]:
    """Median, slowest and quickest seconds, least of this process's CPU, bytes and status."""
    answer = client.get(address)
    times, worked = [], []
    for _ in range(TIMES):
        began, busy = time.perf_counter(), time.process_time()
        answer = client.get(address)
        times.append(time.perf_counter() - began)
        worked.append(time.process_time() - busy)
    spread = median(times), max(times), min(times), min(worked)
    return *spread, len(answer.data), answer.status_code


def _merge(session: Session, issue_id: int) -> str:
    """The address that merges three issues of one project."""
    mine = sa.select(col(IssueRow.project_id)).where(col(IssueRow.id) == issue_id)
    same = col(IssueRow.project_id) == mine.scalar_subquery()
    wanted = sa.select(col(IssueRow.id)).where(same).order_by(col(IssueRow.id)).limit(2)
    ids = [issue_id, *session.execute(wanted).scalars()]
    return "/merge?" + "&".join(f"issue={one}" for one in ids)


def unasked(app: flask.Flask, known: dict[str, list[str]]) -> Iterator[str]:
    """Pages that this program has no address for."""
    for rule in app.url_map.iter_rules():
        path = str(rule)
        asked = "GET" in (rule.methods or ()) and not path.endswith(".json")
        if asked and path not in known and not path.startswith(NO_PAGES):
            yield path


def main() -> None:
    """Measure every page and print the table; exit code 1 if one is over its limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("--only", default="", help="addresses that begin so")
    given = parser.parse_args()
    engine = open_engine(given.url)
    settings = Settings(data_dir=Path(tempfile.mkdtemp()), database_url=given.url)
    world = World(settings=settings, engine=engine, now=lambda: NOW)
    limit = LIMITS[engine.dialect.name]
    began = time.process_time()
    if not given.only:
        make_anew(world)
        print(f"comparisons: {time.process_time() - began:.1f} s CPU of this process")
    with reading(engine) as session:
        newest = int(session.execute(sa.select(sa.func.max(col(IssueRow.id)))).scalar_one())
    app = create_app(world, lambda todo: drain(world, todo))
    busy = newest - 2 * (newest // max(newest // 100, 1)) + 1
    # Some deploy of the first service, and the first commit that it brought.
    deploy = 12 * (newest // 240) + 1
    known = addresses(busy, newest // 2 + 3, deploy, f"{(deploy - 1) * 5 + 1:040x}")
    with reading(engine) as session:
        known["/merge"] = [_merge(session, busy)]
    client, rows = logged_in(app, world), []
    # As ``web.wsgi`` does.
    gc.collect()
    gc.freeze()
    for asked in known.values():
        rows += [(*measured(client, one), one) for one in asked if one.startswith(given.only)]
    print(f"{engine.dialect.name}, limit {1000 * limit:.0f} ms")
    print("  median  slowest quickest      CPU     kB")
    for middle, slowest, quickest, cpu, size, status, address in sorted(rows, reverse=True):
        note = "" if status == 200 else f"  STATUS {status}"
        note += "  OVER" if middle > limit else ""
        times = " ".join(f"{1000 * one:5.0f} ms" for one in (middle, slowest, quickest, cpu))
        print(f"{times} {size / 1000:6.0f}  {address}{note}")
    for path in unasked(app, known):
        print(f"not asked: {path}")
    raise SystemExit(any(middle > limit for middle, *_ in rows))


if __name__ == "__main__":
    main()
