"""Failure classes: the list, the page of one, and what people teach about it."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from flask import abort, flash, redirect, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from correlator.errors import Permanent
from correlator.kinds.checks import checks_for
from correlator.statistics import wilson
from correlator.store import class_checks, class_lessons, class_reads
from correlator.store.class_lessons import By
from correlator.store.class_reads import WEEK, WEEKS, Example, Listed
from correlator.store.session import reading, transaction
from correlator.store.tables import ClassCheckRow, ClassLessonRow, FailureClassRow
from correlator.types import Act, Author, ClassState, Kind
from web import present
from web.auth import people_only, viewer
from web.pages import Page, house, page, section

pages = section("classes")
ONE = "/classes/<int(max=9223372036854775807):class_id>"
# Under so many, a share says nothing: counts only.
LEAST_FOR_SHARES = 5
EXAMPLES = 50
MOST_ISSUES = 200


@page(pages, "/classes", "classes.html")
def classes() -> Page:
    """The failures that keep coming back, the largest class first."""
    world, only = house().world, viewer().only_project
    with reading(world.engine) as session:
        found = class_reads.list_classes(session, world.now(), only)
        model = class_reads.last_refit(session)
    return {
        "classes": [_line(one) for one in found],
        "weeks": WEEKS,
        "refitted_at": present.when(model),
    }


@page(pages, ONE, "class.html")
def failure_class(class_id: int) -> Page:
    """One class: what its issues share, when, where, who wrote what did it, what would help."""
    world, only = house().world, viewer().only_project
    with reading(world.engine) as session:
        row = _row(session, class_id)
        found = class_reads.examples(session, class_id, only)
        if only is not None and not found:
            abort(404, "There is no such class.")
        names = class_reads.names(session)
        weeks = class_reads.weeks_of(session, class_id, world.now(), only)
        story = {
            "history": [_event(one, names) for one in class_reads.history(session, class_id)],
            "lessons": _lessons(class_reads.lessons(session, class_id)),
            "added_checks": [
                _followed(session, one, only) for one in class_checks.checks(session, class_id)
            ],
            "owners": _counted(class_reads.owners(session, [one.issue for one in found])),
        }
    issues = [one.issue for one in found]
    kinds = Counter(one.kind for one in issues if one.kind and one.kind != Kind.UNCLASSIFIED)
    platforms = Counter(one.platform for one in issues)
    return {
        "class": _head(row, names),
        "sentence": row.sentence,
        "shared": [_shared(token, share) for token, share in row.shared],
        "issues": len(issues),
        "events": sum(one.times_seen for one in issues),
        "users": sum(one.users_seen for one in issues),
        "weeks": _bars(weeks, class_id),
        "kinds": [
            {**(present.kind(kind) or {}), "issues": count} for kind, count in kinds.most_common()
        ],
        "services": _counted(Counter(one.first_service for one in issues)),
        "releases": _counted(Counter(one.first_release for one in issues if one.first_release)),
        "provenance": _authors(Counter(one.culprit.author for one in found if one.culprit)),
        "fixes": None,
        "examples": [_example(one) for one in found[:EXAMPLES]],
        "would_have_caught": _checks(kinds, platforms),
        "others": [
            {"id": of, "name": name} for of, name in sorted(names.items()) if of != class_id
        ],
        **story,
    }


def chip(session: Session, issue_id: int) -> Page | None:
    """The class of an issue, and why it is there; None where it is in none."""
    found = class_reads.class_and_member(session, issue_id)
    if found is None:
        return None
    row, member = found
    return {
        "id": row.id,
        "name": row.name,
        "because": member.because,
        "placed_by": member.placed_by,
        "since": present.when(member.since),
        "url": url_for("classes.failure_class", class_id=row.id),
    }


@pages.post(f"{ONE}/name")
@people_only
def rename(class_id: int) -> Response:
    """Give a class a name that lasts."""
    name = request.form.get("name", "")
    _teach(lambda session: class_lessons.rename(session, class_id, name, _by()))
    return _back(class_id, "The class has its new name, which lasts.")


@pages.post(f"{ONE}/merge")
@people_only
def merge(class_id: int) -> Response:
    """Put a class into another."""
    into = _number("into")
    _teach(lambda session: class_lessons.merge(session, class_id, into, _by()))
    return _back(into, "Merged. It stays one class until somebody takes that back, below.")


@pages.post(f"{ONE}/split")
@people_only
def split(class_id: int) -> Response:
    """Take the issues that are ticked out into a class of their own, or out of any."""
    issues = [int(one) for one in request.form.getlist("issue")[:MOST_ISSUES] if _is_id(one)]
    if request.form.get("how") == "out":
        for one in issues:
            _teach(partial(class_lessons.not_here, class_id=class_id, issue_id=one, by=_by()))
        return _back(class_id, "Taken out. No refit puts them back.")
    made = _teach(lambda session: class_lessons.split(session, class_id, issues, _by()))
    return _back(made.other_id or class_id, "Split off. Give the new class a name.")


@pages.post(f"{ONE}/dismiss")
@people_only
def dismiss(class_id: int) -> Response:
    """Say that this is no class."""
    _teach(lambda session: class_lessons.dismiss(session, class_id, _by()))
    return _back(class_id, "This is no class any more, and what is like it makes none.")


@pages.post(f"{ONE}/belongs")
@people_only
def belongs(class_id: int) -> Response:
    """Say that an issue belongs here."""
    issue = _number("issue")
    _teach(lambda session: class_lessons.belongs(session, class_id, issue, _by()))
    return _back(class_id, "The issue is in this class now.")


@pages.post("/classes/lessons/<int(max=9223372036854775807):lesson_id>/undo")
@people_only
def undo(lesson_id: int) -> Response:
    """Take back what was taught."""
    act = _teach(lambda session: class_lessons.undo(session, lesson_id, _by()))
    return _back(act.class_id, "Taken back.")


@pages.post(f"{ONE}/checks")
@people_only
def add_check(class_id: int) -> Response:
    """Follow a check that was added because of this class."""
    sort, name = request.form.get("sort", ""), request.form.get("name", "")
    _teach(lambda session: class_checks.add(session, class_id, sort, name, _by()))
    return _back(class_id, "It is followed from now on.")


@pages.post("/classes/checks/<int(max=9223372036854775807):check_id>/remove")
@people_only
def remove_check(check_id: int) -> Response:
    """Stop following a check."""
    row = _teach(lambda session: class_checks.remove(session, check_id, _by()))
    return _back(row.class_id, "It is not followed any more.")


def _teach(work: Callable[[Session], Any]) -> Any:
    try:
        with transaction(house().world.engine) as session:
            return work(session)
    except Permanent as fault:
        abort(409, str(fault))


def _back(class_id: int, said: str) -> Response:
    flash(said)
    return redirect(url_for("classes.failure_class", class_id=class_id), 303)


def _by() -> By:
    return By(viewer().account_id, house().world.now())


def _is_id(text: str) -> bool:
    return text.isdecimal() and text.isascii() and len(text) < 19


def _number(name: str) -> int:
    given = request.form.get(name, "").strip()
    if not _is_id(given):
        abort(400, f"Say which {name} by its number.")
    return int(given)


def _row(session: Session, class_id: int) -> FailureClassRow:
    row = session.get(FailureClassRow, class_id)
    if row is None:
        abort(404, "There is no such class.")
    return row


def _line(one: Listed) -> Page:
    return {
        **_head(one.row, {}),
        "issues": one.issues,
        "events": one.events,
        "users": one.users,
        "bars": list(one.weeks),
        "kinds": [
            present.kind(kind) for kind, _ in one.kinds.most_common(2) if kind != Kind.UNCLASSIFIED
        ],
        "services": _counted(one.services),
        "provenance": _authors(one.authors),
        "last_seen": present.when(one.last_seen),
        "issues_url": _issues_url(one.row.id or 0),
    }


def _head(row: FailureClassRow, names: dict[int, str]) -> Page:
    return {
        "id": row.id,
        "name": row.name,
        "named_by_person": row.named_by is not None,
        "state": row.state,
        "counts": row.state == ClassState.ACTIVE,
        "born": present.when(row.born_at),
        "merged_into": {"id": row.merged_into, "name": names.get(row.merged_into, "")}
        if row.merged_into
        else None,
        "url": url_for("classes.failure_class", class_id=row.id),
        "issues_url": _issues_url(row.id or 0),
    }


def _issues_url(class_id: int) -> str:
    return url_for("issues.index", failure_class=class_id, status="all")


def _authors(counts: Counter[str]) -> Page:
    """Culprits by provenance; a share with its interval only where there are enough."""
    named = sum(counts.values())
    shown = []
    for author in Author:
        hits = counts.get(author, 0)
        known: Page = {"author": author.value, "label": present.label(author), "issues": hits}
        if named >= LEAST_FOR_SHARES:
            interval = wilson(hits, named)
            known |= {"share": hits / named, "low": interval.low, "high": interval.high}
        shown.append(known)
    return {"named": named, "enough": named >= LEAST_FOR_SHARES, "authors": shown}


def _counted(counts: Counter[str]) -> list[Page]:
    return [{"name": name, "issues": count} for name, count in counts.most_common(20)]


def _bars(weeks: Sequence[int], class_id: int) -> list[Page]:
    since, top = class_reads.first_week(house().world.now()), max(weeks, default=0) or 1
    return [
        {
            "since": present.when(since + place * WEEK),
            "week": f"{since + place * WEEK:%G-W%V}",
            "events": events,
            "height": round(events / top, 4),
            "url": url_for(
                "issues.index",
                failure_class=class_id,
                status="all",
                week=f"{since + place * WEEK:%G-W%V}",
            ),
        }
        for place, events in enumerate(weeks)
    ]


def _shared(token: str, share: float) -> Page:
    aspect, _, what = token.partition(":")
    return {"aspect": aspect, "what": what, "share": share}


def _example(one: Example) -> Page:
    repo = one.repo
    return {
        **present.issue(one.issue, one.project),
        "because": one.member.because,
        "placed_by": one.member.placed_by,
        "likeness": one.member.likeness,
        "culprit": present.commit(one.culprit, one.culprit.sha, repo) if one.culprit else None,
    }


def _checks(kinds: Counter[str], platforms: Counter[str]) -> list[Page]:
    """What would have caught the commonest kind, on the commonest platform."""
    if not kinds:
        return []
    kind, platform = kinds.most_common(1)[0][0], platforms.most_common(1)[0][0]
    return [
        {"sort": one.sort, "advice": one.advice, "tool": one.tool, "rule": one.rule, "url": one.url}
        for one in checks_for(Kind(kind), platform)
    ]


def _followed(session: Session, row: ClassCheckRow, only: int | None) -> Page:
    fired = class_checks.fired(session, row, only)
    return {
        "id": row.id,
        "sort": row.sort,
        "name": row.name,
        "since": present.when(row.since),
        "fired": len(fired.issues),
        "before_users": fired.before_users,
        "url": url_for("issues.index", search=row.name, status="all"),
    }


def _event(row: Any, names: dict[int, str]) -> Page:
    return {
        "what": row.what,
        "issues": row.issues,
        "detail": row.detail,
        "at": present.when(row.at),
        "class": row.class_id,
        "other": {"id": row.other_id, "name": names.get(row.other_id, "")}
        if row.other_id
        else None,
    }


def _lessons(rows: Sequence[ClassLessonRow]) -> list[Page]:
    undone = {row.undoes for row in rows}
    return [
        {
            "id": row.id,
            "act": row.act,
            "at": present.when(row.at),
            "issue": row.issue_id,
            "other": row.other_id,
            "undo": url_for("classes.undo", lesson_id=row.id) if row.id not in undone else None,
        }
        for row in rows
        if row.act != Act.UNDO
    ]
