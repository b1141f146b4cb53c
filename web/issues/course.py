"""Whether fixes held: the part of an issue's page, what people say of fixes, and all issues."""

from flask import abort, flash, redirect, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from correlator.cycles.words import SENTENCES, needed, sentence
from correlator.sources.lenient import LONGEST_RELEASE, clean
from correlator.store import cycles
from correlator.store.cycles.reads import CourseRows, course_rows
from correlator.store.fixes import words as fix_words
from correlator.store.session import transaction
from correlator.store.tables import (
    EpisodeRow,
    FixAttemptRow,
    FixRow,
    FixWordRow,
    FollowedRow,
    IssueRow,
)
from correlator.types import Next, Way
from web import present
from web.auth import account_name, people_only, viewer
from web.issues import lanes
from web.pages import Page, house, section

pages = section("cycles")
ISSUE = "/issues/<int(max=9223372036854775807):issue_id>"
SAID = {cycles.NAMED: "A person says that it mends it.", cycles.DENIED: "A person: it is no fix."}


def panel(session: Session, issue: IssueRow) -> Page:
    """The part of an issue's page that says whether its fixes held."""
    rows = course_rows(session, issue)
    followed, now = rows.followed, house().world.now()
    episodes = [_episode(one, rows) for one in rows.episodes]
    place = (followed.environment, followed.service) if followed else ("", "")
    here = [one for one in episodes if (one["environment"], one["service"]) == place]
    newest = here[-1]["attempts"][-1] if here and here[-1]["attempts"] else None
    state = followed.state if followed else ""
    return {
        "state": state or "no fix",
        "sentence": newest["sentence"] if newest else SENTENCES.get(state, SENTENCES["no fix"]),
        "line": {"environment": place[0], "service": place[1]},
        "is_open": followed.is_open if followed else True,
        "cycles": followed.cycles if followed else 0,
        "roll_backs": followed.roll_backs if followed else 0,
        "probable": followed.probable if followed else 0,
        "regressions": followed.regressions if followed else 0,
        "episodes": here + [one for one in episodes if one not in here],
        "fixes": [_fix(one, rows) for one in rows.fixes],
        "words": [_word(one, rows) for one in rows.words],
        "lanes": lanes.chart(rows, issue, now),
        "cost": _cost(rows, issue),
        "first_stage": followed.first_stage if followed else None,
        **_before_action(issue, followed),
        "notes": list(followed.notes) if followed else [],
        "told_at": present.when(followed.at) if followed else None,
    }


def _before_action(issue: IssueRow, followed: FollowedRow | None) -> Page:
    """Users hit before anybody acted: all so far, where nobody has, whenever that was told."""
    if followed is None:
        return {"users_before_action": None, "acted_at": None}
    users = followed.users_before_action if followed.acted_at else issue.users_seen
    return {"users_before_action": users, "acted_at": present.when(followed.acted_at)}


def _episode(row: EpisodeRow, rows: CourseRows) -> Page:
    attempts = [
        _attempt(one, row, rows)
        for one in sorted(rows.attempts, key=lambda each: each.place)
        if (one.environment, one.service, one.episode) == (row.environment, row.service, row.place)
    ]
    return {
        "environment": row.environment,
        "service": row.service,
        "place": row.place,
        "began": present.when(row.began),
        "closed_at": present.when(row.closed_at),
        "regression": row.regression,
        "cycles": row.cycles,
        "cycles_without_roll_backs": row.cycles - row.roll_backs,
        "roll_backs": row.roll_backs,
        "unit": row.unit,
        "attempts": attempts,
        "never_deployed": list(row.never_deployed),
    }


def _attempt(row: FixAttemptRow, episode: EpisodeRow, rows: CourseRows) -> Page:
    end = row.decided_at or house().world.now()
    shown: Page = {
        "anchor": f"attempt-{row.id}",
        "environment": row.environment,
        "number": row.place,
        "release": row.release,
        # That a release is out may be known without a deploy that somebody told of.
        "url": url_for("deploys.deploy", deploy_id=row.deploy_id) if row.deploy_id else None,
        "at": present.when(row.at),
        "state": row.state,
        "because": row.because,
        "is_roll_back": row.is_roll_back,
        "confirmed": row.confirmed,
        "decided_at": present.when(row.decided_at),
        "seconds": max((end - row.at).total_seconds(), 0.0),
        "chance": row.chance,
        "events_before": round(row.events_before, 2),
        "exposure_before": round(row.exposure_before, 2),
        "events_after": round(row.events_after, 2),
        "exposure_after": round(row.exposure_after, 2),
        "unit": episode.unit,
        "missing": round(row.missing, 2),
        "missing_hours": row.missing_hours,
        "ratio": row.ratio,
        "ratio_low": row.ratio_low,
        "ratio_high": row.ratio_high,
        "fixes": [{**one, "commit": _commit(one.get("sha"), rows)} for one in row.fixes],
    }
    shown["needed"] = needed(row.missing, row.missing_hours, episode.unit)
    shown["sentence"] = sentence(row.state, shown["seconds"], shown["needed"], row.because)
    return shown


def _commit(sha: str | None, rows: CourseRows) -> Page | None:
    return present.commit(rows.commits.get(sha), sha, rows.repo) if sha else None


def _fix(row: FixRow, rows: CourseRows) -> Page:
    tried = any(one["key"] == row.key for attempt in rows.attempts for one in attempt.fixes)
    return {
        "key": row.key,
        "means": row.means,
        "way": row.way,
        "because": row.because,
        "confirmed": row.confirmed,
        "denied": row.denied,
        "release": row.release,
        "was_deployed": tried,
        "commit": _commit(row.sha, rows),
    }


def _word(row: FixWordRow, rows: CourseRows) -> Page:
    return {
        "key": row.key,
        "said": row.said,
        "way": row.way,
        "because": row.because,
        "by": account_name(rows.people.get(row.account_id)),
        "at": present.when(row.at),
    }


def _cost(rows: CourseRows, issue: IssueRow) -> Page:
    """Hours open and redeploys on the line that counts most, who took part, money if it is set."""
    settings, now = house().world.settings, house().world.now()
    place = (rows.followed.environment, rows.followed.service) if rows.followed else ("", "")
    mine = [one for one in rows.episodes if (one.environment, one.service) == place]
    hours = sum(((one.closed_at or now) - one.began).total_seconds() for one in mine) / 3600
    redeploys = sum(one.cycles for one in mine)
    authors = {
        rows.commits[fix["sha"]].author_email.lower()
        for attempt in rows.attempts
        for fix in attempt.fixes
        if fix.get("sha") in rows.commits and fix["means"] != "roll-back"
    }
    judges = {rows.people[one] for one in rows.people}
    money = None
    if settings.cost_currency and (settings.cost_per_open_hour or settings.cost_per_redeploy):
        money = {
            "currency": settings.cost_currency,
            "amount": round(
                hours * settings.cost_per_open_hour + redeploys * settings.cost_per_redeploy, 2
            ),
        }
    return {
        "hours_open": round(hours, 1),
        "redeploys": redeploys,
        "people": len(authors | {one.lower() for one in judges}),
        "users": issue.users_seen,
        "money": money,
    }


@pages.post(f"{ISSUE}/fix")
@people_only
def say(issue_id: int) -> Response:
    """Keep what a person said of a fix: which change or release mends the issue, or does not."""
    said, given = request.form.get("said", ""), request.form.get("key", "").strip()
    if said not in {cycles.NAMED, cycles.DENIED}:
        abort(400, "Say mends or not.")
    key = _key(given)
    world = house().world
    with transaction(world.engine) as session:
        issue = session.get(IssueRow, issue_id)
        if issue is None or viewer().only_project not in (None, issue.project_id):
            abort(404, "There is no such issue. It may have been merged or removed.")
        cycles.keep_word(
            session,
            FixWordRow(
                issue_id=issue_id,
                key=key,
                said=said,
                way=Way.PERSON,
                because=SAID[said],
                account_id=viewer().account_id,
                at=world.now(),
            ),
        )
    house().wake(Next("follow_up", (issue_id,)))
    flash("Noted. What became of it is told anew in a moment.")
    return redirect(url_for("issues.issue", issue_id=issue_id) + "#held", 303)


def _key(given: str) -> str:
    """A full hash, or a release's name; a short hash is refused, since it may come to mean two.

    The key of a fix as the page has it is one, too: of a release, or of the next after a time.
    """
    low = given.lower()
    if fix_words.is_next_release(given):
        return given
    name = given.removeprefix("release:").strip()
    if not name:
        abort(400, "Say which commit (its full hash) or which release mends it.")
    if len(low) in (40, 64) and set(low) <= set("0123456789abcdef"):
        return low
    # Events and deploys name it cut at this length.
    return fix_words.release_key(clean(name, LONGEST_RELEASE))
