"""``correlator cycles [ISSUE]``: did fixes hold, and how many redeploys did that take."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import click
from sqlmodel import Session

from correlator.cli import EXIT_NO, as_json, command_world, json_option
from correlator.cli._fixes import in_words
from correlator.cli.provenance import printable
from correlator.code.git import is_full_sha
from correlator.cycles.words import SENTENCES, needed, sentence
from correlator.errors import Permanent
from correlator.plurals import many
from correlator.store import queries
from correlator.store.cycles.due import named_issues
from correlator.store.cycles.reads import CourseRows, course_rows
from correlator.store.fixes import counts as fix_counts
from correlator.store.fixes import lists as fix_lists
from correlator.store.fixes.changes import changes, shares
from correlator.store.fixes.counts import Asked
from correlator.store.fixes.sums import money, sums
from correlator.store.session import reading
from correlator.store.tables import EpisodeRow, FixAttemptRow, IssueRow, ProjectRow


@click.command()
@click.argument("issue", required=False)
@click.option(
    "--days",
    type=click.IntRange(1, 3650),
    default=90,
    show_default=True,
    help="Without an issue: of what began in so many days.",
)
@click.option("--project", default="", help="Without an issue: of this project only.")
@json_option
def command(issue: str | None, days: int, project: str, wants_json: bool) -> None:
    """Say whether the fixes of an issue held; without an issue, how all fixes fared.

    ISSUE is its short name (SHOP-12), or its number in the address of its page.
    Exit code 0: the newest fix held (or no issue was named); 1: it did not, or it is too early
    to tell.

    \b
    correlator cycles SHOP-12
    correlator cycles SHOP-12 --json
    correlator cycles --days 30 --project shop
    """
    if issue is None:
        _all(days, project, as_text=not wants_json)
        return
    world = command_world()
    with reading(world.engine) as session:
        row = _issue(session, issue)
        rows = course_rows(session, row)
        told = _told(rows, session.get_one(ProjectRow, row.project_id), row)
        lines = list(_lines(rows, told, world.now().timestamp()))
    click.echo(as_json(told) if wants_json else "\n".join(lines))
    if told["is_open"]:
        click.get_current_context().exit(EXIT_NO)


def _all(days: int, project: str, *, as_text: bool) -> None:
    world = command_world()
    since = world.now() - timedelta(days=days)
    asked = Asked(since=since, now=world.now(), filters={"project": project})
    with reading(world.engine) as session:
        if project and project not in queries.slugs(session, None):
            raise Permanent(f"There is no project {project!r}.")
        told = sums(*fix_counts.counted(session, asked), fix_lists.touched(session, asked))
        told["changes"] = shares(changes(session, since, project, None))
    settings = world.settings
    rates = settings.cost_per_open_hour, settings.cost_per_redeploy
    told |= {"days": days, "money": money(told["cost"], settings.cost_currency, rates)}
    click.echo("\n".join(in_words(told)) if as_text else as_json(told))


def _issue(session: Session, said: str) -> IssueRow:
    name = f"issue:{said}" if said.isdecimal() and len(said) < 19 else said.strip().lower()
    found = {row.id: row for one in named_issues(session, None, [name])
             for row in [_leading(session, one)]}  # fmt: skip
    if not found:
        there = _what_there_is(session, said)
        raise Permanent(f"There is no issue {said!r}: names look like SHOP-12. {there}")
    if len(found) > 1:
        raise Permanent(_which(session, said, list(found.values())))
    return next(iter(found.values()))


def _leading(session: Session, issue_id: int) -> IssueRow:
    """The issue, or the one that it was merged into."""
    row = session.get_one(IssueRow, issue_id)
    while row.merged_into is not None:
        row = session.get_one(IssueRow, row.merged_into)
    return row


def _what_there_is(session: Session, said: str) -> str:
    """The issues of the project that was meant, or else the projects; and where all are listed."""
    made = queries.issues_made(session)
    meant = said.strip().rpartition("-")[0].lower()
    if made.get(meant):
        there = f"{meant.upper()} has 1 to {made[meant]}"
    elif made:
        there = "Projects are " + ", ".join(
            f"{slug.upper()} (1 to {n})" for slug, n in made.items()
        )
    else:
        there = "There is no project yet"
    return f"{there}: `correlator issues --status all` lists them."


def _which(session: Session, said: str, rows: Sequence[IssueRow]) -> str:
    """Both that a name stands for: it may be ours and, of another issue, Sentry's."""
    names = []
    for row in rows:
        project = session.get_one(ProjectRow, row.project_id)
        ours = f"{project.slug.upper()}-{row.number}"
        whose = "here" if ours == said.strip().upper() else f"in Sentry, {ours} here"
        what = printable(f"{row.type}: {row.value}"[:60])
        names.append(f"  correlator cycles {row.id}  ({whose}: {what})")
    return "\n".join([f"{said!r} stands for {len(rows)} issues. Say which:", *names])


def _told(rows: CourseRows, project: ProjectRow, issue: IssueRow) -> dict[str, Any]:
    followed = rows.followed
    return {
        "issue": f"{project.slug.upper()}-{issue.number}",
        "state": (followed.state if followed else "") or "no fix",
        "is_open": followed.is_open if followed else True,
        "cycles": followed.cycles if followed else 0,
        "roll_backs": followed.roll_backs if followed else 0,
        "environment": followed.environment if followed else None,
        "service": followed.service if followed else None,
        "notes": list(followed.notes) if followed else [],
        "episodes": [
            {
                **one.model_dump(mode="json", exclude={"id", "issue_id"}),
                "attempts": [
                    each.model_dump(mode="json", exclude={"id", "issue_id"})
                    for each in _attempts(rows, one)
                ],
            }
            for one in rows.episodes
        ],
    }


def _attempts(rows: CourseRows, episode: EpisodeRow) -> list[FixAttemptRow]:
    place = (episode.environment, episode.service, episode.place)
    mine = [one for one in rows.attempts if (one.environment, one.service, one.episode) == place]
    return sorted(mine, key=lambda one: one.place)


def _tried_last(rows: CourseRows) -> bool:
    """Whether anything was tried in the newest episode of the line that counts most."""
    at = rows.followed
    here = [one for one in rows.episodes
            if at and (one.environment, one.service) == (at.environment, at.service)]  # fmt: skip
    return bool(here) and here[-1].cycles > 0


def _fix_line(fix: Mapping[str, Any]) -> str:
    sha = fix.get("sha") or (fix["key"] if is_full_sha(fix["key"]) else "")
    name = sha[:12] or fix.get("release") or fix["key"].removeprefix("release:")
    return f"       {printable(name[:60])}  {printable(fix['because'])}"


def _lines(rows: CourseRows, told: dict[str, Any], now: float) -> Iterator[str]:
    yield f"{told['issue']}  {told['state']}"
    if not _tried_last(rows):
        yield SENTENCES.get(told["state"], SENTENCES["no fix"])
    for episode in rows.episodes:
        end = f"held since {episode.closed_at:%d %b %H:%M}" if episode.closed_at else "open"
        more = f", {episode.roll_backs} of them roll-backs" if episode.roll_backs else ""
        count = f"{'' if episode.closed_at else 'at least '}{many(episode.cycles, 'cycle')}{more}"
        count = count if episode.cycles else "nothing tried yet"
        what = "came back" if episode.regression else "began"
        place = printable(f"{episode.service} in {episode.environment}")
        yield f"\n{place}: {what} {episode.began:%d %b %H:%M}, {end}, {count}"
        for one in _attempts(rows, episode):
            until = one.decided_at.timestamp() if one.decided_at else now
            missing = needed(one.missing, one.missing_hours, episode.unit)
            said = sentence(one.state, until - one.at.timestamp(), missing, one.because)
            yield (
                f"  {one.place}  {one.at:%d %b %H:%M}  {printable(one.release)}"
                f"  {one.state}{'' if one.confirmed else ' (probable)'}: {said}"
            )
            yield from map(_fix_line, one.fixes)
        yield from (f"{_fix_line(one)} Not rolled out." for one in episode.never_deployed)
    for note in told["notes"]:
        yield f"\n{printable(note)}"
