"""The lists behind the figures of a comparison: changes and issues, as a page and as a table."""

from collections.abc import Iterator
from typing import Any

from flask import Response, abort, request, url_for

from correlator.spreadsheets import as_csv
from correlator.store.comparison import issue_lists
from correlator.store.comparison import kept as comparisons
from correlator.store.comparison import lists as change_lists
from correlator.store.comparison.issue_lists import Weighed
from correlator.store.comparison.kept import Asked
from correlator.store.comparison.lists import CHANGES, ISSUES, PAGE, Listed
from correlator.store.session import reading
from correlator.store.tables import ComparedChangeRow, ComparisonRunRow
from correlator.types import Author
from web import present
from web.comparison import words
from web.comparison.asking import filters, question
from web.comparison.pages import table
from web.pages import Page, asked_page, house, page, section

pages = section("comparison_lists")
ASKED = ("which", "arm", "against", "elsewhere", "unit", "cycles", "day")
MOST_ROWS = 100_000
OF_CHANGES = (
    "sha", "number", "title", "repo", "provenance", "tool", "service", "review", "lines",
    "deployed_at", "needed_fix", "taken_back", "is_fix",
)  # fmt: skip
OF_ISSUES = (
    "id", "short", "project", "type", "service", "first_seen", "chance", "days", "cycles",
    "is_over",
)  # fmt: skip


@page(pages, "/comparison/list", "comparison_list.html")
def listed() -> Page:
    """The changes or the issues that one number was counted from."""
    run, asked, wanted = _wanted(asked_page(), PAGE)
    of_list: dict[str, Any] = {
        name: request.args[name][:310] for name in ASKED if request.args.get(name)
    }
    told = _told(run, asked, wanted)
    return {
        "filters": {**filters(asked), **of_list},
        "question": filters(asked),
        "title": words.title(wanted, asked.by),
        "page": wanted.page,
        "last_page": max(1, -(-told["total"] // PAGE)),
        "csv_url": url_for("comparison_lists.as_table", **filters(asked), **of_list),
        **told,
    }


@pages.route("/comparison/list.csv")
def as_table() -> Response:
    """All of a list, as a table."""
    run, asked, wanted = _wanted(1, MOST_ROWS)
    told = _told(run, asked, wanted)
    columns = OF_CHANGES if "changes" in told else OF_ISSUES
    named = wanted.which.replace("'", "")
    rows = told["changes"] if "changes" in told else told["issues"]
    return table(as_csv(columns, _flat(rows, columns)), f"comparison-list-of-{named}")


def _flat(rows: list[Page], columns: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for row in rows:
        known = {name: row.get(name) for name in columns}
        author = row.get("provenance")
        yield {**known, "provenance": author["author"]} if "sha" in known and author else known


def _wanted(number: int, rows: int) -> tuple[ComparisonRunRow, Asked, Listed]:
    run, _, asked = question()
    given = {name: request.args.get(name, "")[:310] for name in ASKED}
    which = given["which"] or "changes"
    if run is None or which not in (*CHANGES, *ISSUES):
        abort(404, "There is no such list. Comparisons are made once changes have been deployed.")
    wanted = Listed(
        which=which,
        arm=given["arm"],
        against=given["against"],
        elsewhere=given["elsewhere"] == "1",
        but=_shown_arms(run, asked) if which == "smaller" else (),
        unit=given["unit"],
        cycles=given["cycles"],
        day=int(given["day"]) if given["day"] in ("30", "60", "90") else 0,
        page=number,
        rows=rows,
    )
    return run, asked, wanted


def _shown_arms(run: ComparisonRunRow, asked: Asked) -> tuple[str, ...]:
    """The arms that the page tells of one by one."""
    with reading(house().world.engine) as session:
        row = comparisons.of(session, asked)
    body = row.body if row is not None and row.run_id == run.id else None
    return tuple(one["name"] for one in body["arms"]) if body else ()


def _told(run: ComparisonRunRow, asked: Asked, wanted: Listed) -> Page:
    made = _changes if wanted.which in CHANGES else _issues
    return made(run, asked, wanted)


def _changes(run: ComparisonRunRow, asked: Asked, wanted: Listed) -> Page:
    with reading(house().world.engine) as session:
        total, rows = change_lists.changes(session, run, asked, wanted)
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
        total, expected, rows = issue_lists.issues(session, run, asked, wanted)
    return {"total": total, "expected": expected, "issues": [_issue(one) for one in rows]}


def _issue(one: Weighed) -> Page:
    return {
        **present.issue(one.issue, one.project),
        "chance": one.chance,
        "days": one.days,
        "cycles": one.cycles,
        "is_over": bool(one.is_over),
    }
