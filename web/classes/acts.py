"""What people teach about failure classes, and what it would do, shown before it is done."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from flask import abort, flash, redirect, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from correlator.classes.naming import sentence
from correlator.classes.outline import RECIPE
from correlator.errors import Permanent
from correlator.store.classes import failure_classes
from correlator.store.classes import lessons as class_lessons
from correlator.store.classes import reads as class_reads
from correlator.store.classes.lessons import By
from correlator.store.classes.sums import Of, Summed, summed
from correlator.store.session import reading, transaction
from correlator.store.tables import FailureClassRow
from correlator.types import ClassState
from web import present
from web.auth import people_only, viewer
from web.pages import Page, house, page, section

pages = section("class_acts")
ONE = "/classes/<int(max=9223372036854775807):class_id>"
MOST_ISSUES = 200


@page(pages, f"{ONE}/merge", "class_merge.html")
def merge_preview(class_id: int) -> Page:
    """What merging a class into another would move."""
    with reading(house().world.engine) as session:
        one, into = _active(session, class_id), _active(session, _asked("into"))
        if one.id == into.id:
            abort(409, "A class cannot be merged into itself.")
        sums = summed(session, Of((one.id or 0, into.id or 0), viewer().only_project))
        return {
            "class": _shown(one, sums.get(one.id or 0, Summed())),
            "into": _shown(into, sums.get(into.id or 0, Summed())),
            "do": url_for("class_acts.merge", class_id=class_id),
        }


@page(pages, f"{ONE}/split", "class_split.html")
def split_preview(class_id: int) -> Page:
    """What would leave a class, what it has in common, and what stays behind."""
    only = viewer().only_project
    with reading(house().world.engine) as session:
        row = _active(session, class_id)
        mine = set(class_lessons.members(session, class_id))
        ticked = sorted(set(_ticked(request.args.getlist("issue"))) & mine)
        if not ticked:
            abort(409, "Tick at least one issue of this class first.")
        outlines = failure_classes.outlines_of(session, RECIPE, ticked)
        sums = summed(session, Of((class_id,), only)).get(class_id, Summed())
        issues = class_reads.issues_of(session, ticked, only)
    out = request.args.get("how") == "out"
    return {
        "class": _shown(row, sums),
        "how": "out" if out else "split",
        "possible": out or len(ticked) < len(mine),
        "sentence": sentence(outlines) if outlines else "",
        "leaving": [present.issue(one, project) for one, project in issues],
        "events": sum(one.times_seen for one, _ in issues),
        "staying": sums.issues - len(issues),
        "do": url_for("class_acts.split", class_id=class_id),
    }


def _shown(row: FailureClassRow, sums: Summed) -> Page:
    return {
        "id": row.id,
        "name": row.name,
        "sentence": row.sentence,
        "issues": sums.issues,
        "events": sums.events,
        "users": sums.users,
        "services": [name for name, _ in sums.services.most_common(5)],
        "url": url_for("classes.failure_class", class_id=row.id),
        "issues_url": url_for("issues.index", failure_class=row.id, status="all"),
    }


def _active(session: Session, class_id: int) -> FailureClassRow:
    row = session.get(FailureClassRow, class_id)
    if row is None or row.state != ClassState.ACTIVE:
        abort(404, "There is no such class, or it was merged or taken back meanwhile.")
    return row


def _asked(name: str) -> int:
    given = request.args.get(name, "").strip()
    if not _is_id(given):
        abort(400, f"Say which {name} by its number.")
    return int(given)


def _ticked(given: Sequence[str]) -> list[int]:
    return [int(one) for one in given[:MOST_ISSUES] if _is_id(one)]


@pages.post(f"{ONE}/name")
@people_only
def rename(class_id: int) -> Response:
    """Give a class a name that lasts."""
    name = request.form.get("name", "")
    teach(lambda session: class_lessons.rename(session, class_id, name, by()))
    return back(class_id, "The class has its new name, which lasts.")


@pages.post(f"{ONE}/merge")
@people_only
def merge(class_id: int) -> Response:
    """Put a class into another."""
    into = _number("into")
    teach(lambda session: class_lessons.merge(session, class_id, into, by()))
    return back(into, "Merged. It stays one class until somebody takes that back, below.")


@pages.post(f"{ONE}/split")
@people_only
def split(class_id: int) -> Response:
    """Take the issues that are ticked out into a class of their own, or out of any."""
    issues = _ticked(request.form.getlist("issue"))
    if request.form.get("how") == "out":
        for one in issues:
            teach(partial(class_lessons.not_here, class_id=class_id, issue_id=one, by=by()))
        return back(class_id, "Taken out. No refit puts them back.")
    made = teach(lambda session: class_lessons.split(session, class_id, issues, by()))
    return back(made.other_id or class_id, "Split off. Give the new class a name.")


@pages.post(f"{ONE}/dismiss")
@people_only
def dismiss(class_id: int) -> Response:
    """Say that this is no class."""
    teach(lambda session: class_lessons.dismiss(session, class_id, by()))
    return back(class_id, "This is no class any more, and what is like it makes none.")


@pages.post(f"{ONE}/belongs")
@people_only
def belongs(class_id: int) -> Response:
    """Say that an issue belongs here."""
    issue = _number("issue")
    teach(lambda session: class_lessons.belongs(session, class_id, issue, by()))
    return back(class_id, "The issue is in this class now.")


@pages.post("/classes/lessons/<int(max=9223372036854775807):lesson_id>/undo")
@people_only
def undo(lesson_id: int) -> Response:
    """Take back what was taught."""
    act = teach(lambda session: class_lessons.undo(session, lesson_id, by()))
    return back(act.class_id, "Taken back.")


def teach(work: Callable[[Session], Any]) -> Any:
    """Do it in a transaction of its own; what cannot be done is told as a conflict."""
    try:
        with transaction(house().world.engine) as session:
            return work(session)
    except Permanent as fault:
        abort(409, str(fault))


def back(class_id: int, said: str) -> Response:
    """To the page of a class, which says what was done."""
    flash(said)
    return redirect(url_for("classes.failure_class", class_id=class_id), 303)


def by() -> By:
    """Who teaches, and when."""
    return By(viewer().account_id, house().world.now())


def _is_id(text: str) -> bool:
    return text.isdecimal() and text.isascii() and len(text) < 19


def _number(name: str) -> int:
    given = request.form.get(name, "").strip()
    if not _is_id(given):
        abort(400, f"Say which {name} by its number.")
    return int(given)
