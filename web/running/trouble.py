"""Trouble: what could not be done, why, and a button that tries again."""

from flask import abort, flash, redirect, url_for
from werkzeug.wrappers import Response

from correlator.store.session import reading, transaction
from correlator.store.tables import IssueRow, TroubleRow
from correlator.store.upkeep import installation
from correlator.store.upkeep.trouble import replay as put_back
from correlator.types import Next
from web import present
from web.auth import people_only, viewer
from web.pages import Page, house, page, section

pages = section("trouble")


@page(pages, "/trouble", "trouble.html")
def trouble() -> Page:
    """What waits for a person, and what no longer does."""
    with reading(house().world.engine) as session:
        rows = installation.troubles(session, viewer().only_project)
    return {"troubles": [_shown(row, slug) for row, slug in rows]}


def _shown(row: TroubleRow, slug: str | None) -> Page:
    about = None
    if row.step == "investigate":
        about = url_for("issues.issue", issue_id=row.subject_id)
    if row.step in ("fetch", "survey", "prepare"):
        about = url_for("repositories.repositories")
    return {
        "id": row.id,
        "project": slug,
        "step": row.step,
        "subject": row.subject_id,
        "about": about,
        "reason": row.reason,
        "source": row.source,
        "delivery": row.delivery,
        "bytes": len(row.body) if row.body is not None else None,
        "at": present.when(row.at),
        "times": row.times,
        "resolved_at": present.when(row.resolved_at),
    }


@pages.post("/trouble/<int(max=9223372036854775807):trouble_id>/replay")
@people_only
def replay(trouble_id: int) -> Response:
    """Put it back where it failed and wake a worker. Going well closes the trouble."""
    world = house().world
    with transaction(world.engine) as session:
        row = session.get(TroubleRow, trouble_id)
        if row is None:
            abort(404)
        put_back(session, row)
        if row.step == "investigate" and (issue := session.get(IssueRow, row.subject_id)):
            issue.wants_verdict = True
        todo = Next(row.step, (row.subject_id,))
    house().wake(todo)
    flash("Trying again. It leaves this list when it went well.")
    return redirect(url_for("trouble.trouble"), 303)
