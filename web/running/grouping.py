"""A project's grouping rules: shown, checked and kept."""

from flask import abort, flash, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from correlator.errors import Permanent
from correlator.grouping_rules import read_rules
from correlator.store.intake.grouping_rules import keep_rules, rules_in_force
from correlator.store.session import reading, transaction
from correlator.store.tables import AccountRow, ProjectRow
from correlator.store.upkeep import installation
from web import present
from web.auth import account_name, people_only, viewer
from web.pages import Page, house, page, section

pages = section("grouping")
LONGEST = 50_000


@page(pages, "/projects/<slug>/grouping", "grouping_rules.html")
def rules(slug: str) -> Page:
    """The rules in force, who wrote them and when."""
    with reading(house().world.engine) as session:
        project = _project(session, slug)
        row = rules_in_force(session, project.id or 0)
        by = session.get(AccountRow, row.account_id) if row and row.account_id else None
    return {
        "project": slug,
        "text": row.text if row else "",
        "at": present.when(row.at) if row else None,
        "by": account_name(by.email) if by else None,
        "problem": None,
        "longest": LONGEST,
    }


@pages.post("/projects/<slug>/grouping")
@people_only
def write(slug: str) -> Response | tuple[str, int]:
    """Keep new rules; those that cannot be read are shown with what is wrong, and not kept."""
    text = request.form.get("text", "")[:LONGEST].replace("\r\n", "\n")
    try:
        count = len(read_rules(text))
    except Permanent as fault:
        shown = {**rules(slug), "text": text, "problem": str(fault)}
        return render_template("grouping_rules.html", page=shown), 422
    world = house().world
    with transaction(world.engine) as session:
        project = _project(session, slug)
        keep_rules(session, project.id or 0, text, viewer().account_id, world.now())
    flash(f"Kept: {count} {'rule' if count == 1 else 'rules'}, for events from now on.")
    return redirect(url_for("grouping.rules", slug=slug), 303)


def _project(session: Session, slug: str) -> ProjectRow:
    row = installation.project_named(session, slug)
    if row is None or viewer().only_project not in (None, row.id):
        abort(404, "There is no such project.")
    return row
