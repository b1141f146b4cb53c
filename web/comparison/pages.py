"""What became of deployed changes, told apart by what they were: the page and its tables."""

from flask import Response, abort, url_for

from correlator.comparison.tables import FIGURES, RATIOS, figure_rows, ratio_rows
from correlator.spreadsheets import as_csv
from correlator.store.comparison import issue_lists
from correlator.store.comparison.kept import Asked
from correlator.store.comparison.lists import Listed
from correlator.store.session import reading
from correlator.store.tables import ComparisonRunRow
from web import present
from web.comparison import figures, public_figures
from web.comparison import pictures as compared_pictures
from web.comparison.asking import filters, question, row_of
from web.pages import Page, house, page, section

pages = section("comparison")


@page(pages, "/comparison", "comparison.html")
def comparison() -> Page:
    """Rates, shares and curves of each arm, and each against what it is held against."""
    run, choices, asked = question()
    row = row_of(asked, run)
    body = row.body if row and run and row.run_id == run.id else None
    found = figures.shown(body, filters(asked)) if body else None
    return {
        "filters": filters(asked),
        "choices": choices,
        "state": "ready" if body else "waiting" if run else "none",
        "problem": row.problem if row else None,
        "as_of": present.when(run.as_of) if run else None,
        "found": found,
        "pictures": compared_pictures.pictures(found) if found else None,
        "public": public_figures.beside(found if asked.by == "provenance" else None),
        "nobodys": _nobodys(run, asked) if body else None,
        "csv_url": url_for("comparison.ratios", **filters(asked)),
        "arms_csv_url": url_for("comparison.arms", **filters(asked)),
        "json_url": url_for("comparison.comparison_json", **filters(asked)),
    }


def _nobodys(run: ComparisonRunRow | None, asked: Asked) -> Page:
    """Incidents of the window that no deployed change is blamed for."""
    total = 0
    if run is not None:
        with reading(house().world.engine) as session:
            total, _, _ = issue_lists.issues(session, run, asked, Listed(which="nobody's"))
    url = url_for("comparison_lists.listed", which="nobody's", **filters(asked))
    return {"count": total, "url": url}


@pages.route("/comparison.csv")
def ratios() -> Response:
    """Every ratio with all its intervals, as a table."""
    body, by = _worked_out()
    return table(as_csv(RATIOS, ratio_rows(body)), f"comparison-by-{by}")


@pages.route("/comparison-arms.csv")
def arms() -> Response:
    """What every arm came to by itself, as a table."""
    body, by = _worked_out()
    return table(as_csv(FIGURES, figure_rows(body)), f"comparison-arms-by-{by}")


def _worked_out() -> tuple[Page, str]:
    run, _, asked = question()
    row = row_of(asked, run)
    if row is None or row.body is None:
        abort(404, "This comparison is not worked out yet. Try again in a moment.")
    return row.body, asked.by


def table(text: str, name: str) -> Response:
    """A table as a file of that name."""
    as_file = {"Content-Disposition": f"attachment; filename={name}.csv"}
    return Response(text, mimetype="text/csv", headers=as_file)
