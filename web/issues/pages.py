"""The list of issues, which is home, and the page of one issue."""

from dataclasses import replace
from typing import Any

from flask import abort, redirect, request, url_for

from correlator.cycles.words import in_a_list
from correlator.store import queries
from correlator.store.classes import kinds as kind_rows
from correlator.store.deploys.began import began_in_one as began_in
from correlator.store.fixes import marks as fix_marks
from correlator.store.intake import bodies
from correlator.store.issues import join_reads, stories
from correlator.store.issues import listing as issue_list
from correlator.store.issues.listing import CONFIRMED, REJECTED, Listed, Wanted
from correlator.store.session import reading
from correlator.store.tables import FollowedRow
from correlator.types import Author
from web import charts, present
from web.auth import account_name, viewer
from web.classes import pages as classes
from web.issues import advice, asking, joins, kinds, rollback, trace, verdicts
from web.issues import course as cycles
from web.issues import events as events_shown
from web.pages import Page, asked_page, house, page, section

pages = section("issues")
STATUSES = ("open", "resolved", "all")


@page(pages, "/", "issues.html")
def index() -> Page:
    """The issues that are open, newest trouble first, the verdict on each line."""
    world, only = house().world, viewer().only_project
    wanted = _wanted(only)
    with reading(world.engine) as session:
        wanted = replace(wanted, began=began_in(session, wanted.deploy))
        total, found = issue_list.page_of_issues(session, wanted, world.now())
        projects = queries.slugs(session, only)
        environments = queries.environments(session, only)
        repos_exist = queries.any_repository(session)
    return {
        "total": total,
        "page": wanted.page,
        "last_page": max(1, -(-total // issue_list.PAGE)),
        "filters": {name: getattr(wanted, name) for name in FILTERS},
        "choices": {
            "project": projects,
            "environment": environments,
            "status": list(STATUSES),
            "provenance": [*Author, issue_list.ABSTAINED, issue_list.WAITING],
            "kind": kinds.choices(),
            "fix": list(fix_marks.MARKS),
        },
        "bars_hours": issue_list.BARS,
        "issues": [_line(one) for one in found],
        "has_repository": repos_exist,
    }


FILTERS = (
    "project", "environment", "service", "status", "provenance", "fix", "release", "suspect",
    "kind", "failure_class", "week", "search", "deploy",
)  # fmt: skip


def _wanted(only: int | None) -> Wanted:
    given: dict[str, Any] = {name: request.args.get(name, "")[:250] for name in FILTERS}
    if given["status"] not in STATUSES:
        given["status"] = "open"
    return Wanted(**given, page=asked_page(), only_project=only)


def _line(one: Listed) -> Page:
    verdict, _ = verdicts.told(one.verdict, one.suspects, one.said, one.commits, one.repos)
    return {
        **present.issue(one.issue, one.project),
        "verdict": verdict,
        "fix": _fix(one.followed, one.issue.id),
        "bars": list(one.bars),
    }


def _fix(row: FollowedRow | None, issue_id: int | None) -> Page:
    """How far its mending is; ``mark`` is what the list is narrowed by, ``label`` None at none."""
    mark = fix_marks.mark_of(row)
    return {
        "mark": mark,
        "state": (row.state if row else "") or "no fix",
        "label": in_a_list(row.state, mark) if row else None,
        "cycles": row.cycles if row else 0,
        "environment": row.environment if row else None,
        "service": row.service if row else None,
        "url": url_for("issues.issue", issue_id=issue_id) + "#held",
    }


@page(pages, "/issues/<int(max=9223372036854775807):issue_id>", "issue.html")
def issue(issue_id: int) -> Page:
    """One issue: what broke, which change did it and why we think so, and what to do."""
    _go_where_it_was_merged(issue_id)
    story = _story(issue_id)
    shown = present.issue(story.issue, story.project)
    verdict, ranked = _verdict(story, shown)
    return {
        "issue": shown,
        **_beside(story),
        "verdict": verdict,
        "investigating": story.issue.wants_verdict,
        "suspects": ranked,
        "judgements": _judgements(story),
        "last_word": _last_word(story, ranked),
        "range": rollback.deployed_range(story),
        "rollback": rollback.advice(story, verdict),
        **_trace(story, ranked),
        "time_line": _time_line(story),
        "notes": list(story.verdict.notes) if story.verdict else [],
        "weights": story.verdict.weights if story.verdict else None,
        "verdict_at": present.when(story.verdict.at) if story.verdict else None,
        "seconds": story.verdict.seconds if story.verdict else None,
    }


def _beside(story: stories.Story) -> Page:
    """What is known of the issue beside its verdict."""
    with reading(house().world.engine) as session:
        return {
            "joined": joins.panel(session, story.issue, story.project),
            "held": cycles.panel(session, story.issue),
            "class": classes.chip(session, story.issue.id or 0),
            "kind": kinds.shown(
                kind_rows.history(session, story.issue.id or 0), story.issue.platform
            ),
        }


def _verdict(story: stories.Story, shown: Page) -> tuple[Page, list[Page]]:
    """The answer, with whom to ask or what to do next, and all suspects."""
    verdict, ranked = verdicts.told(
        story.verdict, story.suspects, story.said, story.commits, story.repos
    )
    if verdict["lead"]:
        with reading(house().world.engine) as session:
            verdict["ask"] = asking.whom(session, story.commits.get(verdict["lead"]["sha"]))
    if verdict["reason"]:
        verdict["next_step"] = advice.next_step(verdict["reason"]["name"], shown)
    return verdict, ranked


def _trace(story: stories.Story, ranked: list[Page]) -> Page:
    """The event, its stack trace, and the blamed source of its frames."""
    event = bodies.unpack(story.event.body) if story.event else None
    exceptions = trace.chain(event, story.verdict)
    snippets = list(story.verdict.snippets) if story.verdict else []
    repo = story.repo.name if story.repo else None
    return {
        "exceptions": exceptions,
        "first_code": trace.first_code(exceptions),
        "snippets": trace.blamed(snippets, story.commits, repo, ranked),
        "event": events_shown.whole(story, event),
    }


def _go_where_it_was_merged(issue_id: int) -> None:
    """A merged issue's number leads to where it went; ``own`` asks for what was said of it."""
    if request.args.get("own"):
        return
    with reading(house().world.engine) as session:
        found = join_reads.issue_and_project(session, issue_id)
        into = join_reads.leads_to(session, found[0]) if found else None
        visible = found is not None and viewer().only_project in (None, found[0].project_id)
    if into is not None and visible:
        abort(redirect(url_for(request.endpoint or "issues.issue", issue_id=into)))


def _story(issue_id: int) -> stories.Story:
    asked = request.args.get("event", "")
    event_id = int(asked) if asked.isdecimal() and len(asked) < 19 else None
    with reading(house().world.engine) as session:
        story = stories.issue_story(session, issue_id, event_id)
    only = viewer().only_project
    if story is None or only not in (None, story.issue.project_id):
        abort(404, "There is no such issue. It may have been merged or removed.")
    return story


def _judgements(story: stories.Story) -> list[Page]:
    return [
        {
            "sha": row.sha,
            "said": row.said,
            "by": account_name(story.people.get(row.account_id)),
            "at": present.when(row.at),
        }
        for row in story.said.values()
    ]


def _last_word(story: stories.Story, ranked: list[Page]) -> Page | None:
    """What was said last, to be taken back with one key; None where nothing stands."""
    rows = [row for row in story.said.values() if row.said in {CONFIRMED, REJECTED}]
    if not rows:
        return None
    newest = max(rows, key=lambda row: row.id or 0)
    whole = next(
        (one for one in ranked if newest.sha in [part["sha"] for part in one["parts"]]), None
    )
    if whole is None:
        return None
    shas = [part["sha"] for part in whole["parts"] if part["said"] == newest.said]
    return {
        "said": newest.said,
        "shas": shas,
        "subject": whole["subject"] or whole["short"],
        "by": account_name(story.people.get(newest.account_id)),
        "at": present.when(newest.at),
    }


def _time_line(story: stories.Story) -> Page:
    since, until = charts.window(story.issue.first_seen, story.issue.last_seen, story.deploys)
    with reading(house().world.engine) as session:
        counts = stories.time_line(session, story.issue.id or 0, since, until, charts.BUCKETS)
    return charts.time_line(counts, since, until, story.deploys, story.began)


@page(pages, "/issues/<int(max=9223372036854775807):issue_id>/events", "events.html")
def events(issue_id: int) -> Page:
    """What the number of events was counted from."""
    story = _story(issue_id)
    user = request.args.get("user", "")[:32]
    number = asked_page()
    with reading(house().world.engine) as session:
        total, rows = stories.events_of(session, issue_id, user, number)
    return {
        "issue": present.issue(story.issue, story.project),
        "user": user,
        "total": total,
        "page": number,
        "last_page": max(1, -(-total // stories.EVENTS_SHOWN)),
        "events": [events_shown.line(row, story.issue) for row in rows],
    }


@page(pages, "/issues/<int(max=9223372036854775807):issue_id>/users", "users.html")
def users(issue_id: int) -> Page:
    """What the number of users was counted from: keyed hashes, never identities."""
    story = _story(issue_id)
    with reading(house().world.engine) as session:
        rows = stories.users_of(session, issue_id)
    return {
        "issue": present.issue(story.issue, story.project),
        "users": [
            {
                "user": user,
                "events": count,
                "last_seen": present.when(last),
                "url": url_for("issues.events", issue_id=issue_id, user=user),
            }
            for user, count, last in rows
        ],
    }
