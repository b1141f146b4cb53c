"""Merging and splitting issues: what leads to one, what an act would move, and its undoing."""

from typing import Any

from flask import abort, flash, redirect, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from correlator.errors import Permanent
from correlator.store.issues import join_reads, joins
from correlator.store.issues.join_reads import Act, Moved, Part
from correlator.store.session import reading, transaction
from correlator.store.tables import IssueRow, ProjectRow, RegroupingRow
from web import present
from web.auth import account_name, people_only, viewer
from web.pages import Page, house, page, section

pages = section("joins")
ISSUE = "/issues/<int(max=9223372036854775807):issue_id>"
MOST_MERGED = 50


@page(pages, f"{ISSUE}/joined", "joined.html")
def joined(issue_id: int) -> Page:
    """What leads to an issue, how each came there, and every act with its undoing."""
    with reading(house().world.engine) as session:
        issue, project = issue_seen(session, issue_id)
        return {"issue": present.issue(issue, project), **panel(session, issue, project)}


def panel(session: Session, issue: IssueRow, project: ProjectRow) -> Page:
    """The part of an issue's page that says what was joined; fingerprints oldest first."""
    return {
        "parts": [_part(one) for one in join_reads.parts_of(session, issue)],
        "acts": [_act(one, project) for one in join_reads.acts_of(session, issue.id or 0)],
    }


@page(pages, f"{ISSUE}/merge", "merge.html")
def merge_preview(issue_id: int) -> Page:
    """Which issue to merge this one into, and what that would move."""
    search = request.args.get("search", "")[:250]
    with reading(house().world.engine) as session:
        source, project = issue_seen(session, issue_id)
        chosen = _asked_issue(session, "into")
        if chosen is not None and chosen.project_id != source.project_id:
            abort(400, "Issues of two projects cannot be merged: each is counted by itself.")
        moves = join_reads.merge_moves(session, source, chosen) if chosen else None
        targets = join_reads.merge_targets(session, source, search)
        return {
            "issue": present.issue(source, project),
            "into": present.issue(chosen, project) if chosen else None,
            "moves": _moved(moves) if moves else None,
            "search": search,
            "targets": [
                {
                    **present.issue(one, project),
                    "choose": url_for("joins.merge_preview", issue_id=issue_id, into=one.id),
                }
                for one in targets
            ],
        }


@page(pages, "/merge", "merge_many.html")
def merge_many_preview() -> Page:
    """Several issues of a list and the oldest of them, which the others would go into."""
    asked = [int(one) for one in request.args.getlist("issue")[:MOST_MERGED] if _is_id(one)]
    with reading(house().world.engine) as session:
        found = [issue_seen(session, one) for one in dict.fromkeys(asked)]
        if len({project.id for _, project in found}) > 1:
            abort(400, "Issues of two projects cannot be merged: each is counted by itself.")
        ordered = sorted(found, key=lambda pair: (pair[0].first_seen, pair[0].number))
        into = ordered[0] if len(ordered) > 1 else None
        return {
            "into": present.issue(*into) if into else None,
            "issues": [
                {
                    **present.issue(issue, project),
                    "moves": _moved(join_reads.merge_moves(session, issue, into[0])),
                }
                for issue, project in ordered[1:]
                if into
            ],
        }


@pages.post("/merge")
@people_only
def merge_many() -> Response:
    """Merge every issue named into one; all of them or none."""
    into = request.form.get("into", "")
    sources = [one for one in request.form.getlist("issue")[:MOST_MERGED] if _is_id(one)]
    if not _is_id(into) or not sources:
        abort(400, "Say which issues to merge, and into which.")

    def work(session: Session) -> None:
        for one in sources:
            joins.merge(session, int(one), int(into), _by())

    decide(work)
    flash(f"Merged {len(sources)} {'issue' if len(sources) == 1 else 'issues'} into this one.")
    return redirect(url_for("issues.issue", issue_id=int(into)), 303)


@pages.post(f"{ISSUE}/merge")
@people_only
def merge(issue_id: int) -> Response:
    """Merge this issue into another."""
    into = request.form.get("into", "")
    if not _is_id(into):
        abort(400, "Say which issue to merge into.")
    decide(lambda session: joins.merge(session, issue_id, int(into), _by()))
    flash("Merged. What is like it goes here from now on; the merge can be undone below.")
    return redirect(url_for("issues.issue", issue_id=int(into)), 303)


@page(pages, f"{ISSUE}/split", "split.html")
def split_preview(issue_id: int) -> Page:
    """What taking the fingerprints that are asked for out of this issue would move."""
    wanted = [int(one) for one in request.args.getlist("fingerprint")[:200] if _is_id(one)]
    with reading(house().world.engine) as session:
        issue, project = issue_seen(session, issue_id)
        parts = join_reads.parts_of(session, issue)
        chosen = [one for one in parts if one.fingerprint.id in wanted]
        moves = join_reads.split_moves(session, issue, [one.fingerprint.id or 0 for one in chosen])
        return {
            "issue": present.issue(issue, project),
            "chosen": [_part(one) for one in chosen],
            "stays": len(parts) - len(chosen),
            "moves": _moved(moves) if chosen else None,
        }


@pages.post(f"{ISSUE}/split")
@people_only
def split(issue_id: int) -> Response:
    """Take fingerprints out of this issue into one of their own."""
    wanted = [int(one) for one in request.form.getlist("fingerprint")[:200] if _is_id(one)]
    act = decide(lambda session: joins.split(session, issue_id, wanted, _by()))
    flash("Split off. What is like it comes here from now on; the split can be undone below.")
    return redirect(url_for("issues.issue", issue_id=act.into_issue_id), 303)


@pages.post("/regroupings/<int(max=9223372036854775807):act_id>/undo")
@people_only
def undo(act_id: int) -> Response:
    """Take back a join, merge or split."""
    act = decide(lambda session: joins.undo(session, act_id, _by()))
    flash("Undone. It is not made again by itself.")
    return redirect(url_for("issues.issue", issue_id=act.into_issue_id), 303)


def decide(work: Any) -> Any:
    """Run a decision in a transaction; what cannot be done is told to the person who asked."""
    try:
        with transaction(house().world.engine) as session:
            return work(session)
    except Permanent as fault:
        abort(409, str(fault))


def _by() -> joins.By:
    return joins.By(viewer().account_id, house().world.now())


def _is_id(text: str) -> bool:
    return text.isdecimal() and text.isascii() and len(text) < 19


def issue_seen(session: Session, issue_id: int) -> tuple[IssueRow, ProjectRow]:
    """An issue that who asks may see, with its project."""
    found = join_reads.issue_and_project(session, issue_id)
    if found is None or viewer().only_project not in (None, found[0].project_id):
        abort(404, "There is no such issue. It may have been merged or removed.")
    return found


def _asked_issue(session: Session, name: str) -> IssueRow | None:
    asked = request.args.get(name, "")
    return issue_seen(session, int(asked))[0] if _is_id(asked) else None


def _part(one: Part) -> Page:
    row = one.fingerprint
    return {
        "id": row.id,
        "version": row.version,
        "hash": row.hash,
        "because": row.because,
        "where": one.where,
        "message": one.message,
        "joined": _joined(one.join) if one.join else None,
        "events": one.events,
        "kept": one.kept,
        "users": one.users,
        "first_hour": present.when(one.first_hour),
        "last_hour": present.when(one.last_hour),
    }


def _joined(row: RegroupingRow) -> Page:
    return {
        "id": row.id,
        "action": row.action,
        "because": row.because,
        "at": present.when(row.at),
        "undo": url_for("joins.undo", act_id=row.id),
    }


def _act(one: Act, project: ProjectRow) -> Page:
    row, other = one.row, one.other
    can_undo = row.action != joins.UNDONE and one.undone_by is None
    return {
        **_joined(row),
        "undo": url_for("joins.undo", act_id=row.id) if can_undo else None,
        "by": account_name(one.by),
        "undone_by": one.undone_by,
        "undoes": row.undoes,
        "fingerprints": list(row.fingerprints),
        "from": row.from_issue_id,
        "into": row.into_issue_id,
        "other": {
            "id": other.id,
            "short": f"{project.slug.upper()}-{other.number}",
            "type": other.type,
            "url": url_for("issues.issue", issue_id=other.id, own=1),
        }
        if other
        else None,
    }


def _moved(moved: Moved) -> Page:
    return {
        "events": moved.events,
        "kept": moved.kept,
        "users": moved.users,
        "new_users": moved.new_users,
        "hours": moved.hours,
        "fingerprints": moved.fingerprints,
    }
