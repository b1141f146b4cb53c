"""Checks that were added because of a failure class: what each caught, and when."""

from flask import abort, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from correlator.store.classes import checks as class_checks
from correlator.store.classes.checks import FiredIssue
from correlator.store.session import reading
from correlator.store.tables import ClassCheckRow, FailureClassRow
from web import present
from web.auth import people_only, viewer
from web.classes.acts import ONE, back, by, teach
from web.pages import Page, house, page, section

pages = section("class_checks")
CHECK = "/classes/checks/<int(max=9223372036854775807):check_id>"


def followed(session: Session, row: ClassCheckRow, only: int | None) -> Page:
    """A check with what it caught; each number leads to the list that it was counted from."""
    fired = class_checks.fired(session, row, only)
    return {
        "id": row.id,
        "sort": row.sort,
        "name": row.name,
        "since": present.when(row.since),
        "until": present.when(row.removed_at),
        "fired": fired.events,
        "issues": len(fired.issues),
        "before_users": fired.before_users,
        "url": url_for("class_checks.check", check_id=row.id),
    }


@page(pages, CHECK, "class_check.html")
def check(check_id: int) -> Page:
    """What a check caught since it was added."""
    only = viewer().only_project
    with reading(house().world.engine) as session:
        row = class_checks.followed(session, check_id)
        if row is None:
            abort(404, "There is no such check.")
        of = session.get_one(FailureClassRow, row.class_id)
        fired = class_checks.fired(session, row, only)
        return {
            **followed(session, row, only),
            "class": {
                "name": of.name,
                "url": url_for("classes.failure_class", class_id=of.id),
            },
            "caught": [_caught(one) for one in fired.issues],
        }


def _caught(one: FiredIssue) -> Page:
    return {
        **present.issue(one.issue, one.project),
        "events": one.events,
        "in_production": one.in_production,
        "met_users": one.met_users,
    }


@pages.post(f"{ONE}/checks")
@people_only
def add_check(class_id: int) -> Response:
    """Follow a check that was added because of this class."""
    sort, name = request.form.get("sort", ""), request.form.get("name", "")
    teach(lambda session: class_checks.add(session, class_id, sort, name, by()))
    return back(class_id, "It is followed from now on.")


@pages.post("/classes/checks/<int(max=9223372036854775807):check_id>/remove")
@people_only
def remove_check(check_id: int) -> Response:
    """Stop following a check."""
    row = teach(lambda session: class_checks.remove(session, check_id, by()))
    return back(row.class_id, "It is not followed any more.")
