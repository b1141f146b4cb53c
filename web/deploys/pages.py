"""The list of deploys, and the page of one: what went out, what began in it, how it fares."""

from typing import Any

from flask import abort, request, url_for
from sqlmodel import Session

from correlator.store import queries
from correlator.store.deploys import listing as deploy_list
from correlator.store.deploys import page as deploy_page
from correlator.store.deploys.history import replaced_at
from correlator.store.deploys.page import Change, DeployStory
from correlator.store.session import reading
from correlator.store.tables import (
    DeployRow,
    FailedRollOutRow,
    IssueRow,
    ProjectRow,
    PullRequestRow,
    RollOutRow,
)
from web import present
from web.auth import viewer
from web.deploys import fared
from web.pages import Page, asked_page, house, page, section

pages = section("deploys")
FILTERS = ("project", "environment", "service", "kind", "health")
UNKNOWN = "There is no such deploy, or none that you may see."
KINDS = {
    "first": "First",
    "forward": "Forward",
    "roll-back": "Roll-back",
    "hotfix": "Hotfix",
    "re-run": "Re-run",
    "unknown": "Not told",
}


@page(pages, "/deploys", "deploys.html")
def deploys() -> Page:
    """Deploys, newest first."""
    only = viewer().only_project
    filters = {name: request.args.get(name, "")[:100] for name in FILTERS}
    number = asked_page()
    with reading(house().world.engine) as session:
        total, rows = deploy_list.deploys(session, {**filters, "project_id": only}, number)
        slugs = queries.slugs(session, only)
        failed = deploy_list.failed(session, {**filters, "project_id": only})
    return {
        "total": total,
        "page": number,
        "last_page": max(1, -(-total // deploy_list.SHOWN)),
        "filters": filters,
        "choices": {"project": slugs, "kind": KINDS, "health": fared.WORDS},
        "deploys": [_line(row) for row in rows],
        "failed": [_failed(*one) for one in failed],
    }


def _line(row: deploy_list.Listed) -> Page:
    health = row.health.health if row.health else None
    return {
        **present.deploy(row.deploy, row.project),
        "url": url_for("deploys.deploy", deploy_id=row.deploy.id),
        "stage": row.deploy.stage,
        "share": row.deploy.share,
        **_kind(row.found),
        "health": health,
        "health_words": fared.WORDS[health] if health else None,
        "issues": row.issues,
        "issues_url": _issues_url(row.deploy),
    }


def _failed(row: FailedRollOutRow, project: ProjectRow) -> Page:
    return {
        "project": project.slug,
        "release": row.release,
        "service": row.service,
        "environment": row.environment,
        "at": present.when(row.at),
        "actor": row.actor,
        "link": present.link(row.url),
    }


def _issues_url(row: DeployRow) -> str:
    return url_for("issues.index", deploy=row.id, status="all")


def _kind(found: RollOutRow | None) -> Page:
    kind = found.kind if found else None
    return {
        "kind": kind,
        "kind_words": KINDS[kind] if kind else None,
        "kind_because": found.because if found else None,
        "brought": found.brought if found else None,
        "taken": found.taken if found else None,
        "own": found.own if found else None,
    }


@page(pages, "/deploys/<int:deploy_id>", "deploy.html")
def deploy(deploy_id: int) -> Page:
    """One deploy."""
    world, number = house().world, asked_page()
    with reading(world.engine) as session:
        story = deploy_page.deploy_story(session, deploy_id)
        if story is None or viewer().only_project not in (None, story.deploy.project_id):
            abort(404, UNKNOWN)
        row = story.deploy
        shown, seen = fared.health(session, row, story.health, world.now())
        count, began = deploy_page.began_in(session, row)
        back = deploy_page.came_back_in(session, row, story.previous)
        newer, older = deploy_page.neighbours(session, row)
        ended = replaced_at(session, row)
        listed = _changes(session, story, number)
    return {
        **present.deploy(row, story.project),
        "stage": row.stage,
        "share": row.share,
        **_kind(story.found),
        "previous": fared.named(story.previous),
        "health": shown,
        "picture": fared.picture(seen.watched, seen.hours, shown["unit"]),
        "side_by_side": _side_by_side(story, seen),
        "new_issues": {
            "total": count,
            "url": _issues_url(row),
            "shown": [_issue(one, story) for one in began],
        },
        "came_back": [_issue(one, story) for one in back[: deploy_page.ISSUES_SHOWN]],
        "came_back_more": len(back) > deploy_page.ISSUES_SHOWN,
        **listed,
        "newer": url_for("deploys.deploy", deploy_id=newer) if newer else None,
        "older": url_for("deploys.deploy", deploy_id=older) if older else None,
        "roll_back_to": None if ended else _roll_back_to(story, shown),
    }


def _roll_back_to(story: DeployStory, shown: Page) -> Page | None:
    """The version before it, where this one is live and worse; to where a roll-back came from:
    nowhere."""
    if shown["health"] != "worse" or (story.found and story.found.kind == "roll-back"):
        return None
    found: Page | None = shown["against"]
    return found


def _side_by_side(story: DeployStory, seen: Any) -> Page | None:
    """A canary and the stable one in the hours since it began: counts, no test."""
    if seen.watched.against is None:
        return None
    if story.deploy.stage is None and story.deploy.environment != "canary":
        return None
    since = seen.watched.counts_from
    places = {
        "canary": (seen.watched.environment, seen.watched.release),
        "stable": seen.watched.against[:2],
    }
    found: Page = {"since": present.when(since)}
    for name, place in places.items():
        rows = [
            one for one in seen.hours
            if (one.environment, one.release) == place and one.hour >= since
        ]  # fmt: skip
        found[name] = {
            "release": place[1],
            "events": sum(one.events for one in rows),
            "calls": round(sum(one.calls for one in rows)),
            "sessions": round(sum(one.sessions for one in rows)),
        }
    return found


def _changes(session: Session, story: DeployStory, number: int) -> Page:
    deploy_id, size = story.deploy.id or 0, deploy_page.CHANGES_SHOWN
    brought = deploy_page.changes(session, deploy_id, number, taken=False)
    taken = deploy_page.changes(session, deploy_id, 1, taken=True)
    kept = deploy_page.kept_count(session, deploy_id, taken=False)
    numbers = [one.standing.number for one in brought if one.standing and one.standing.number]
    pulls = deploy_page.titles(session, story.deploy.project_id, numbers)
    repo = story.repo.name if story.repo else None
    return {
        "page": number,
        "last_page": max(1, -(-kept // size)),
        "kept": kept,
        "changes": _grouped(brought, pulls, repo),
        "taken_away": [_change(one, repo) for one in taken],
        "authors": _authors(brought),
    }


def _grouped(
    changes: list[Change], pulls: dict[int, PullRequestRow], repo: str | None
) -> list[Page]:
    """Commits by the pull request they came by, in the order of the newest of each."""
    groups: dict[int | str, Page] = {}
    for one in changes:
        number = one.standing.number if one.standing else None
        pull = pulls.get(number) if number else None
        group = groups.setdefault(
            number or one.arrival.sha,
            {
                "number": number,
                "title": pull.title if pull else None,
                "link": present.link(pull.url) if pull else None,
                "commits": [],
            },
        )
        group["commits"].append(_change(one, repo))
    return list(groups.values())


def _change(one: Change, repo: str | None) -> Page:
    body = one.standing.body if one.standing else {}
    signs = [sign for sign in body.get("sign_offs", ()) if sign["state"] == "counts"]
    return {
        **present.commit(one.commit, one.arrival.sha, repo),
        "committed_at": present.when(one.arrival.committed_at),
        "is_first": one.arrival.is_first,
        "is_own": one.arrival.is_own,
        "signed": [sign["who"] for sign in signs],
        "reviews_known": bool(body.get("reviews_known")),
        "human": (body.get("human") or {}).get("who"),
        "policy": one.standing.outcome if one.standing and body.get("rulings") else None,
        "policy_because": [
            f"{ruling['rule']}: {ruling['because']}"
            for ruling in body.get("rulings", ())
            if ruling["outcome"] != "kept"
        ],
    }


def _authors(changes: list[Change]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for one in changes:
        author = present.provenance(one.commit)["author"]
        counts[author] = counts.get(author, 0) + 1
    return counts


def _issue(row: IssueRow, story: DeployStory) -> Page:
    return present.issue(row, story.project)
