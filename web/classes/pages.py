"""Failure classes: the list, the page of one, and what people teach about it."""

from collections import Counter

from flask import abort, url_for
from sqlmodel import Session, col

from correlator.store.classes import checks as class_checks
from correlator.store.classes import fixes as class_fixes
from correlator.store.classes import reads as class_reads
from correlator.store.classes import sums as class_sums
from correlator.store.classes.sums import WEEKS, Of, Summed
from correlator.store.session import reading
from correlator.store.tables import FailureClassRow, IssueRow
from correlator.store.verdicts import scored
from correlator.types import Kind
from web import present
from web.auth import viewer
from web.classes import parts as class_parts
from web.classes.checks import followed
from web.pages import Page, asked_page, house, page, section

pages = section("classes")
ONE = "/classes/<int(max=9223372036854775807):class_id>"
EXAMPLES = 50
ON_A_PAGE = 50


@page(pages, "/classes", "classes.html")
def classes() -> Page:
    """The failures that keep coming back, the largest class first."""
    world, only, number = house().world, viewer().only_project, asked_page()
    with reading(world.engine) as session:
        found = class_reads.list_classes(session, only)
        shown = found[(number - 1) * ON_A_PAGE : number * ON_A_PAGE]
        of = Of(tuple(row.id or 0 for row, _ in shown), only)
        weeks = class_sums.weeks(session, of, world.now())
        authors = class_sums.authors(session, of)
        model = class_reads.last_refit(session)
        behind = scored.told_behind(session, only)
    return {
        "classes": [
            _line(row, sums)
            | {
                "bars": weeks.get(row.id or 0, [0] * WEEKS),
                "provenance": class_parts.authors(authors.get(row.id or 0, Counter())),
            }
            for row, sums in shown
        ],
        "total": len(found),
        "page": number,
        "last_page": max(1, -(-len(found) // ON_A_PAGE)),
        "weeks": WEEKS,
        "refitted_at": present.when(model),
        "behind": behind,
    }


@page(pages, ONE, "class.html")
def failure_class(class_id: int) -> Page:
    """One class: what its issues share, when, where, who wrote what did it, what would help."""
    only = viewer().only_project
    of = Of((class_id,), only)
    with reading(house().world.engine) as session:
        row = session.get(FailureClassRow, class_id)
        sums = class_sums.summed(session, of).get(class_id, Summed())
        if row is None or (only is not None and not sums.issues):
            abort(404, "There is no such class.")
        names = class_reads.names(session)
        return {
            **_counted(session, of, row, sums),
            **_told(session, class_id, names),
            "class": class_parts.head(row, names),
            "behind": scored.told_behind(session, only),
            "others": [
                {"id": other, "name": name}
                for other, name in sorted(names.items())
                if other != class_id
            ],
            "added_checks": [
                followed(session, one, only) for one in class_checks.checks(session, class_id)
            ],
        }


def _counted(session: Session, of: Of, row: FailureClassRow, sums: Summed) -> Page:
    """What its issues are, counted."""
    class_id, now = row.id or 0, house().world.now()
    weeks = class_sums.weeks(session, of, now).get(class_id, [0] * WEEKS)
    authors = class_sums.authors(session, of).get(class_id, Counter())
    kinds = Counter({k: n for k, n in sums.kinds.items() if k != Kind.UNCLASSIFIED})
    releases = class_sums.counted(session, of, col(IssueRow.first_release))
    platforms = class_sums.counted(session, of, col(IssueRow.platform))
    examples = class_reads.examples(session, class_id, of.only_project, EXAMPLES)
    return {
        "sentence": row.sentence,
        "shared": [class_parts.shared(token, share) for token, share in row.shared],
        "issues": sums.issues,
        "events": sums.events,
        "users": sums.users,
        "weeks": class_parts.bars(weeks, class_id),
        "kinds": [
            {**(present.kind(kind) or {}), "issues": count} for kind, count in kinds.most_common()
        ],
        "services": class_parts.counted(sums.services),
        "releases": class_parts.counted(releases),
        "owners": class_parts.counted(class_sums.owners(session, of)),
        "provenance": class_parts.authors(authors),
        "fixes": class_parts.fixes(class_fixes.fixes(session, of)),
        "examples": [class_parts.example(one) for one in examples],
        "would_have_caught": class_parts.checks(kinds, platforms),
    }


def _told(session: Session, class_id: int, names: dict[int, str]) -> Page:
    """What happened to it, and what people taught."""
    return {
        "history": [
            class_parts.event(one, names) for one in class_reads.history(session, class_id)
        ],
        "lessons": class_parts.lessons(class_reads.lessons(session, class_id)),
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


def _line(row: FailureClassRow, sums: Summed) -> Page:
    kinds = [kind for kind, _ in sums.kinds.most_common() if kind != Kind.UNCLASSIFIED]
    return {
        **class_parts.head(row, {}),
        "issues": sums.issues,
        "events": sums.events,
        "users": sums.users,
        "kinds": [present.kind(kind) for kind in kinds[:2]],
        "services": class_parts.counted(sums.services),
        "last_seen": present.when(sums.last_seen),
        "issues_url": class_parts.issues_url(row.id or 0),
    }
