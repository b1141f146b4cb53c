"""Failure classes: the list, the page of one, and what people teach about it."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from flask import abort, current_app, url_for
from sqlmodel import Session, col

from correlator.kinds.checks import checks_for
from correlator.statistics import wilson
from correlator.store import class_checks, class_reads, class_sums
from correlator.store.class_reads import Example
from correlator.store.class_sums import WEEK, WEEKS, Of, Summed
from correlator.store.session import reading
from correlator.store.tables import ClassLessonRow, FailureClassRow, IssueRow
from correlator.types import Act, Author, ClassState, Kind
from web import present
from web.auth import viewer
from web.class_checks import followed
from web.pages import Page, asked_page, house, page, section

pages = section("classes")
ONE = "/classes/<int(max=9223372036854775807):class_id>"
# Under so many, a share says nothing: counts only.
LEAST_FOR_SHARES = 5
EXAMPLES = 50
ON_A_PAGE = 50
MOST_REMEMBERED = 5000


@page(pages, "/classes", "classes.html")
def classes() -> Page:
    """The failures that keep coming back, the largest class first."""
    world, only, number = house().world, viewer().only_project, asked_page()
    with reading(world.engine) as session:
        found = class_reads.list_classes(session, only)
        shown = found[(number - 1) * ON_A_PAGE : number * ON_A_PAGE]
        of = Of(tuple(row.id or 0 for row, _ in shown), only)
        weeks, authors = _weeks(session, shown, only), class_sums.authors(session, of)
        model = class_reads.last_refit(session)
    return {
        "classes": [
            _line(row, sums)
            | {
                "bars": weeks.get(row.id or 0, [0] * WEEKS),
                "provenance": _authors(authors.get(row.id or 0, Counter())),
            }
            for row, sums in shown
        ],
        "total": len(found),
        "page": number,
        "last_page": max(1, -(-len(found) // ON_A_PAGE)),
        "weeks": WEEKS,
        "refitted_at": present.when(model),
    }


@page(pages, ONE, "class.html")
def failure_class(class_id: int) -> Page:
    """One class: what its issues share, when, where, who wrote what did it, what would help."""
    world, only = house().world, viewer().only_project
    of = Of((class_id,), only)
    with reading(world.engine) as session:
        row = _row(session, class_id)
        sums = class_sums.summed(session, of).get(class_id, Summed())
        if only is not None and not sums.issues:
            abort(404, "There is no such class.")
        names = class_reads.names(session)
        found = class_reads.examples(session, class_id, only, EXAMPLES)
        weeks = class_sums.weeks(session, of, world.now()).get(class_id, [0] * WEEKS)
        authors = class_sums.authors(session, of).get(class_id, Counter())
        platforms = class_sums.counted(session, of, col(IssueRow.platform))
        where = {
            "releases": _counted(class_sums.counted(session, of, col(IssueRow.first_release))),
            "owners": _counted(class_sums.owners(session, of)),
        }
        story = {
            "history": [_event(one, names) for one in class_reads.history(session, class_id)],
            "lessons": _lessons(class_reads.lessons(session, class_id)),
            "added_checks": [
                followed(session, one, only) for one in class_checks.checks(session, class_id)
            ],
        }
    kinds = Counter({k: n for k, n in sums.kinds.items() if k != Kind.UNCLASSIFIED})
    return {
        "class": _head(row, names),
        "sentence": row.sentence,
        "shared": [_shared(token, share) for token, share in row.shared],
        "issues": sums.issues,
        "events": sums.events,
        "users": sums.users,
        "weeks": _bars(weeks, class_id),
        "kinds": [
            {**(present.kind(kind) or {}), "issues": count} for kind, count in kinds.most_common()
        ],
        "services": _counted(sums.services),
        "provenance": _authors(authors),
        "fixes": None,
        "examples": [_example(one) for one in found],
        "would_have_caught": _checks(kinds, platforms),
        "others": [
            {"id": of, "name": name} for of, name in sorted(names.items()) if of != class_id
        ],
        **where,
        **story,
    }


def _weeks(
    session: Session, shown: Sequence[tuple[FailureClassRow, Summed]], only: int | None
) -> dict[int, list[int]]:
    """Bars by class. Counting them goes through every hour of every issue, so what was counted is
    remembered for as long as nothing came in or moved: the class's numbers are the same then."""
    known: dict[Any, Any] = current_app.extensions.setdefault("correlator.class_weeks", {})
    now = house().world.now()
    since = class_sums.first_week(now)
    marks = {
        row.id or 0: (row.id, only, since, one.issues, one.events, one.users, one.last_seen)
        for row, one in shown
    }
    missing = tuple(of for of, mark in marks.items() if mark not in known)
    if len(known) > MOST_REMEMBERED:
        known.clear()
        missing = tuple(marks)
    counted = class_sums.weeks(session, Of(missing, only), now) if missing else {}
    known.update((marks[of], counted.get(of, [0] * WEEKS)) for of in missing)
    return {of: known[mark] for of, mark in marks.items()}


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


def _row(session: Session, class_id: int) -> FailureClassRow:
    row = session.get(FailureClassRow, class_id)
    if row is None:
        abort(404, "There is no such class.")
    return row


def _line(row: FailureClassRow, sums: Summed) -> Page:
    kinds = [kind for kind, _ in sums.kinds.most_common() if kind != Kind.UNCLASSIFIED]
    return {
        **_head(row, {}),
        "issues": sums.issues,
        "events": sums.events,
        "users": sums.users,
        "kinds": [present.kind(kind) for kind in kinds[:2]],
        "services": _counted(sums.services),
        "last_seen": present.when(sums.last_seen),
        "issues_url": _issues_url(row.id or 0),
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
    since, top = class_sums.first_week(house().world.now()), max(weeks, default=0) or 1
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
    named = one.culprit
    commit = named.commit if named else None
    return {
        **present.issue(one.issue, one.project),
        "because": one.member.because,
        "placed_by": one.member.placed_by,
        "likeness": one.member.likeness,
        "culprit": present.commit(commit, commit.sha, named.repo) if named and commit else None,
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
            "undo": url_for("class_acts.undo", lesson_id=row.id) if row.id not in undone else None,
        }
        for row in rows
        if row.act != Act.UNDO
    ]
