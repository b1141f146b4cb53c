"""Splitting some events off an issue: what tells them from the others, and what would move."""

from flask import flash, redirect, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from correlator.grouping_marks import Mark, telling
from correlator.store.issues import joins, marks
from correlator.store.session import reading
from correlator.store.tables import RegroupingRow
from web import present
from web.auth import people_only, viewer
from web.issues.joins import ISSUE, decide, issue_seen
from web.pages import Page, house, page, section

pages = section("parting")
SHOWN = 8
MOST_TICKED = 200


@page(pages, f"{ISSUE}/part", "part.html")
def preview(issue_id: int) -> Page:
    """What all of the ticked events have and no other, and how many events have it."""
    ticked = {int(one) for one in request.args.getlist("event")[:MOST_TICKED] if one.isdecimal()}
    with reading(house().world.engine) as session:
        issue, project = issue_seen(session, issue_id)
        known = marks.newest_events(session, issue_id)
    mine = [own for event, own in known if event in ticked]
    others = [own for event, own in known if event not in ticked]
    return {
        "issue": present.issue(issue, project),
        "ticked": len(mine),
        "others": len(others),
        "looked_at": len(known),
        "choices": [
            {"name": name, "value": value, "words": _words(name)}
            for name, value in telling(mine, others)[:SHOWN]
        ],
    }


@pages.post(f"{ISSUE}/part")
@people_only
def part(issue_id: int) -> Response:
    """Split off the events that have the mark that was chosen."""
    name, _, value = request.form.get("mark", "").partition("=")
    mark: Mark = (name, value)

    def split(session: Session) -> RegroupingRow:
        by = joins.By(viewer().account_id, house().world.now())
        return marks.split_events(session, issue_id, mark, by)

    act = decide(split)
    flash("Split off. The next event like these comes here; the split can be undone below.")
    return redirect(url_for("issues.issue", issue_id=act.into_issue_id), 303)


def _words(name: str) -> str:
    if name.startswith("tags."):
        return f"tag {name.removeprefix('tags.')}"
    return "called by way of" if name == "stack.function" else name
