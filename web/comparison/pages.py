"""What became of deployed changes, told apart by what they were: the page, its lists, its table.

Everything is worked out by a step and kept; a page only reads it. A question that nobody asked
before is put down, a worker is woken, and the page says that it is being worked out.
"""

import csv
import io
from typing import Any

from flask import Response, abort, request, url_for

from correlator.store.comparison import kept as comparisons
from correlator.store.comparison import rows as compared_rows
from correlator.store.comparison.kept import Asked
from correlator.store.comparison.rows import CHANGES, ISSUES, Listed, Weighed
from correlator.store.session import reading, transaction
from correlator.store.tables import ComparedChangeRow, ComparisonRow, ComparisonRunRow
from correlator.types import Author, Next
from web import present
from web.auth import viewer
from web.comparison import numbers as compared
from web.comparison import pictures as compared_pictures
from web.comparison import public_figures
from web.pages import Page, asked_page, house, page, section

pages = section("comparison")
BY = {
    "provenance": "who or what wrote it",
    "tool": "tool",
    "model": "model",
    "session": "length of the session",
    "review": "state of the review",
    "size": "lines changed",
    "directory": "directory",
}
DAYS = (60, 90, 180, 365)
LABELS = {author.value: words for author, words in present.LABELS.items()}
FILTERS = ("by", "days", "environment", "service", "provenance")
DAY_SECONDS = 86_400


@page(pages, "/comparison", "comparison.html")
def comparison() -> Page:
    """Rates, shares and curves of each arm, and each against what it is held against."""
    run, choices, asked = _question()
    row = _row(asked, run)
    body = row.body if row and run and row.run_id == run.id else None
    return {
        "filters": _filters(asked),
        "choices": choices,
        "state": "ready" if body else "waiting" if run else "none",
        "problem": row.problem if row else None,
        "as_of": present.when(run.as_of) if run else None,
        "found": compared.shown(body, _filters(asked)) if body else None,
        "pictures": compared_pictures.pictures(body) if body else None,
        "public": public_figures.beside(body if asked.by == "provenance" else None),
        "nobodys": _nobodys(run, asked) if body else None,
        "csv_url": url_for("comparison.table", **_filters(asked)),
        "json_url": url_for("comparison.comparison_json", **_filters(asked)),
    }


def _question() -> tuple[ComparisonRunRow | None, Page, Asked]:
    """The run in force, what may be chosen, and what was asked of it."""
    only = viewer().only_project
    with reading(house().world.engine) as session:
        run = comparisons.run_in_force(session)
        known = comparisons.choices(session, run, only)
    given = {name: request.args.get(name, "")[:100] for name in FILTERS}
    usual = comparisons.usual_environment(known["environment"])
    asked = Asked(
        by=given["by"] if given["by"] in BY else "provenance",
        days=int(given["days"]) if given["days"] in map(str, DAYS) else comparisons.DAYS,
        environment=_known(given["environment"], known["environment"]) or usual,
        service=_known(given["service"], known["service"]),
        provenance=_known(given["provenance"], [one.value for one in Author]),
        project_id=only,
    )
    choices = {**known, "by": BY, "days": list(DAYS), "provenance": LABELS}
    return run, choices, asked


def _known(given: str, choices: list[str]) -> str:
    return given if given in choices else ""


def _filters(asked: Asked) -> dict[str, Any]:
    return {name: getattr(asked, name) for name in FILTERS if getattr(asked, name)}


def _row(asked: Asked, run: ComparisonRunRow | None) -> ComparisonRow | None:
    """What is kept of the question. It is put down if it is new, and a worker is woken."""
    if run is None:
        return None
    world = house().world
    with reading(world.engine) as session:
        row = comparisons.of(session, asked)
    if row is not None and row.run_id is not None:
        if (world.now() - row.asked_at).total_seconds() > DAY_SECONDS:
            with transaction(world.engine) as session:
                comparisons.looked_at(session, row.id, world.now())
        return row
    if row is None:
        with transaction(world.engine) as session:
            comparisons.ask(session, asked, world.now())
        with reading(world.engine) as session:
            row = comparisons.of(session, asked)
    if row is not None and row.id is not None and row.problem is None:
        house().wake(Next("compare", (row.id,)))
    return row


def _nobodys(run: ComparisonRunRow | None, asked: Asked) -> Page:
    """Incidents of the window that no deployed change is blamed for."""
    total = 0
    if run is not None:
        with reading(house().world.engine) as session:
            total, _, _ = compared_rows.issues(session, run, asked, Listed(which="nobody's"))
    url = url_for("comparison.listed", which="nobody's", **_filters(asked))
    return {"count": total, "url": url}


@page(pages, "/comparison/list", "comparison_list.html")
def listed() -> Page:
    """The changes or the issues that one number was counted from."""
    run, _, asked = _question()
    which = request.args.get("which", "changes")
    if run is None or which not in (*CHANGES, *ISSUES):
        abort(404, "There is no such list. Comparisons are made once changes have been deployed.")
    wanted = Listed(
        which=which,
        arm=request.args.get("arm", "")[:310],
        elsewhere=request.args.get("elsewhere", "") == "1",
        unit=request.args.get("unit", "")[:20],
        cycles=request.args.get("cycles", "")[:20],
        page=asked_page(),
    )
    told = _changes(run, asked, wanted) if which in CHANGES else _issues(run, asked, wanted)
    of_list = {name: request.args[name][:310] for name in ("which", "arm", "elsewhere", "unit",
               "cycles") if request.args.get(name)}  # fmt: skip
    return {
        "filters": {**_filters(asked), **of_list},
        "question": _filters(asked),
        "title": compared.title(wanted, asked.by),
        "page": wanted.page,
        "last_page": max(1, -(-told["total"] // compared_rows.PAGE)),
        **told,
    }


def _changes(run: ComparisonRunRow, asked: Asked, wanted: Listed) -> Page:
    with reading(house().world.engine) as session:
        total, rows = compared_rows.changes(session, run, asked, wanted)
    return {"total": total, "changes": [_change(row, repo) for row, repo in rows]}


def _change(row: ComparedChangeRow, repo: str | None) -> Page:
    author = Author(row.by_provenance)
    return {
        "sha": row.sha,
        "short": row.sha[: present.SHORT],
        "number": row.number,
        "title": row.title,
        "repo": repo,
        "url": url_for("changes.change", repo=repo, sha=row.sha) if repo else None,
        "provenance": {
            "author": author.value,
            "label": present.LABELS[author],
            "because": "as the whole change was judged",
        },
        "tool": row.tool or None,
        "service": row.service,
        "review": row.by_review,
        "lines": row.lines,
        "deployed_at": present.when(row.deployed_at),
        "deploy_url": url_for("deploys.deploy", deploy_id=row.deploy_id),
        "needed_fix": row.needed_fix,
        "taken_back": row.taken_back,
        "is_fix": row.is_fix,
    }  # fmt: skip


def _issues(run: ComparisonRunRow, asked: Asked, wanted: Listed) -> Page:
    with reading(house().world.engine) as session:
        total, expected, rows = compared_rows.issues(session, run, asked, wanted)
    return {"total": total, "expected": expected, "issues": [_issue(one) for one in rows]}


def _issue(one: Weighed) -> Page:
    return {
        **present.issue(one.issue, one.project),
        "chance": one.chance,
        "days": one.days,
        "cycles": one.cycles,
        "is_over": bool(one.is_over),
    }


@pages.route("/comparison.csv")
def table() -> Response:
    """Every ratio with all its intervals, as a table."""
    run, _, asked = _question()
    row = _row(asked, run)
    if row is None or row.body is None:
        abort(404, "This comparison is not worked out yet. Try again in a moment.")
    written = io.StringIO()
    writer = csv.DictWriter(written, compared.COLUMNS)
    writer.writeheader()
    writer.writerows(compared.flat(row.body))
    name = {"Content-Disposition": f"attachment; filename=comparison-by-{asked.by}.csv"}
    return Response(written.getvalue(), mimetype="text/csv", headers=name)
