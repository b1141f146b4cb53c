"""Whether fixes hold, over all issues: each number with the list that it was counted from."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from flask import Response, abort, request, url_for

from correlator.cycles.words import span
from correlator.spreadsheets import as_csv
from correlator.store import queries
from correlator.store.fixes import changes as fix_changes
from correlator.store.fixes import counts as fix_counts
from correlator.store.fixes import lists as fix_lists
from correlator.store.fixes.changes import FIX, MENDING, OTHER, REVERT
from correlator.store.fixes.counts import Asked
from correlator.store.fixes.sums import money, sums
from correlator.store.session import reading
from correlator.store.tables import EpisodeRow, FollowedRow, IssueRow, ProjectRow
from correlator.types import Author
from web import present
from web.auth import account_name, viewer
from web.leads import leads
from web.pages import Page, asked_page, house, page, section

pages = section("fixes")
DAYS = (7, 30, 90, 365)
DEFAULT_DAYS = 90
LONGEST = 100
# Open attempts that the page shows.
NEWEST = 10
# What lists a number, by how it says so.
LISTS = {"filters": "fixes.issues", "asked": "fixes.changes", "whose": "fixes.people"}
CHANGES = {
    "": "Changes",
    MENDING: "Changes that mend others",
    FIX: "Changes that fix an issue",
    REVERT: "Changes that take another back",
    OTHER: "Changes that mend no other",
}


@page(pages, "/fixes", "fixes.html")
def fixes() -> Page:
    """Open attempts, redeploy cycles, who saw it first, and what it cost."""
    with reading(house().world.engine) as session:
        asked = _asked(("project",))
        found = sums(*fix_counts.counted(session, asked), fix_lists.touched(session, asked))
        tried = asked.with_(course="open", tried="yes")
        newest = fix_lists.page_of(session, tried, 1, NEWEST)
        changed = fix_changes.changes(
            session, asked.since, asked.filters.get("project", ""), viewer().only_project
        )
        choices = {"project": queries.slugs(session, viewer().only_project), "days": list(DAYS)}
    filters = {"project": asked.filters.get("project", ""), "days": _days()}
    settings = house().world.settings
    rates = settings.cost_per_open_hour, settings.cost_per_redeploy
    return {
        "filters": filters,
        "choices": choices,
        **_linked(found, filters),
        "changes": _linked(fix_changes.shares(changed), filters),
        "stages": dict(settings.stage_by_environment),
        "money": money(found["cost"], settings.cost_currency, rates),
        "newest": [_shown(*one) for one in newest],
    }


@page(pages, "/fixes/issues", "fixes_list.html")
def issues() -> Page:
    """The issues that one of the numbers was counted from."""
    number = asked_page()
    with reading(house().world.engine) as session:
        asked = _asked(fix_counts.FILTERS)
        total, rows = fix_lists.listed(session, asked, number)
        together = fix_lists.together(session, asked)
    return {
        "filters": {**asked.filters, "days": _days()},
        "title": "Issues and their fixes",
        "total": total,
        "page": number,
        "last_page": max(1, -(-total // fix_lists.PAGE)),
        "redeploys": together.redeploys,
        "users": together.users,
        "hours_open": round(together.seconds / 3600, 1),
        "issues": [_shown(*one) for one in rows],
    }


@page(pages, "/fixes/people", "fixes_people.html")
def people() -> Page:
    """Who had to do with what began: wrote a fix that somebody named, or judged a verdict."""
    with reading(house().world.engine) as session:
        asked = _asked(("project",))
        found = fix_lists.people_listed(session, asked)
    return {
        "filters": {**asked.filters, "days": _days()},
        "total": len(found),
        "people": [
            {
                "mail": mail if fixes else account_name(mail),
                "fixes": fixes,
                "judgements": judgements,
            }
            for mail, fixes, judgements in found
        ],
    }


@page(pages, "/fixes/changes", "fixes_changes.html")
def changes() -> Page:
    """The changes that the share of mending was counted from."""
    number, which = asked_page(), request.args.get("which", "")
    author = request.args.get("author", "")[:20]
    if which not in CHANGES:
        abort(404, "There is no such list of changes.")
    with reading(house().world.engine) as session:
        asked = _asked(("project",))
        total, rows = fix_changes.listed_changes(
            session,
            asked.since,
            asked.filters.get("project", ""),
            viewer().only_project,
            (which, author),
            number,
        )
    return {
        "filters": {**asked.filters, "days": _days(), "which": which, "author": author},
        "title": CHANGES[which],
        "total": total,
        "page": number,
        "last_page": max(1, -(-total // fix_changes.PAGE)),
        "changes": [
            {**present.commit(row, row.sha, repo), "repository": repo} for row, repo in rows
        ],
    }


@pages.route("/fixes.csv")
def table() -> Response:
    """Redeploy cycles as a table: all, by culprit, by fix."""
    with reading(house().world.engine) as session:
        asked = _asked(("project",))
        groups, _ = fix_counts.counted(session, asked)
    found = sums(groups, ())
    rows = [_flat("all", found["cycles"])]
    rows += [_flat("culprit", one) for one in found["by_culprit"]]
    rows += [_flat("fix", one) for one in found["by_fix"]]
    name = {"Content-Disposition": "attachment; filename=fixes.csv"}
    return Response(as_csv(list(rows[0]), rows), mimetype="text/csv", headers=name)


def _flat(by: str, one: Page) -> Page:
    flat: Page = {"by": by, "author": one.get("author", "")}
    for each in one["bins"]:
        name = f"{each['from']}_to_{each['to']}" if each["to"] else f"{each['from']}_and_more"
        flat |= {f"held_{name}": each["held"]["count"], f"open_{name}": each["open"]["count"]}
    names = ("mean", "low", "high", "is_least", "median")
    return {**flat, **{name: one[name] for name in names}}


def _days() -> str:
    given = request.args.get("days", "")
    return given if given in {str(one) for one in DAYS} else str(DEFAULT_DAYS)


def _asked(names: Iterable[str]) -> Asked:
    given = {name: request.args.get(name, "")[:LONGEST] for name in names}
    now = house().world.now()
    return Asked(
        since=now - timedelta(days=int(_days())),
        now=now,
        filters={name: value for name, value in given.items() if value},
        only_project=viewer().only_project,
    )


def _linked(found: Any, filters: Mapping[str, str]) -> Any:
    """The same, with the address of its list beside every number that says what lists it."""
    ways = {name: leads(endpoint) for name, endpoint in LISTS.items()}

    def linked(one: Any) -> Any:
        if isinstance(one, list):
            return [linked(each) for each in one]
        if not isinstance(one, dict):
            return one
        shown = {name: linked(each) for name, each in one.items() if name not in ways}
        for name, lead in ways.items():
            if name in one:
                given = {**filters, **one[name]}
                shown["url"] = lead({key: value for key, value in given.items() if value})
        return shown

    return linked(found)


def _shown(
    issue: IssueRow, project: ProjectRow, followed: FollowedRow, episode: EpisodeRow
) -> Page:
    seconds = ((episode.closed_at or house().world.now()) - episode.began).total_seconds()
    return {
        **present.issue(issue, project),
        "state": episode.state or "no fix",
        "is_open": episode.closed_at is None,
        "cycles": episode.cycles,
        "roll_backs": episode.roll_backs,
        "regression": episode.regression,
        "environment": episode.environment,
        "service": episode.service,
        "began": present.when(episode.began),
        "held_at": present.when(episode.closed_at),
        "hours_open": round(seconds / 3600, 1),
        "was_open": span(seconds),
        "culprit": _author(followed.culprit_author),
        "fix": _author(episode.fix_author) if episode.cycles else None,
        "first_stage": followed.first_stage,
        "users_before_action": followed.users_before_action if followed.acted_at else None,
        "url": url_for("issues.issue", issue_id=issue.id) + "#held",
    }


def _author(author: str) -> Page:
    known = Author(author) if author in set(Author) else Author.UNKNOWN
    return {"author": known.value, "label": present.LABELS[known], "because": "most likely"}
