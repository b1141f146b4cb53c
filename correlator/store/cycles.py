"""Fixes and redeploy cycles as rows: what a step needs to follow an issue, and what it found.

What was found of an issue is replaced as a whole, in one transaction: it is made from rows, and
made anew whenever one of these changes.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.bodies import unpack
from correlator.store.exposures import used_by_hour
from correlator.store.tables import (
    DeployRow,
    EpisodeRow,
    EventRow,
    ExposureRow,
    FixAttemptRow,
    FixRow,
    FixWordRow,
    FollowedRow,
    InsideRow,
    IssueRow,
    JudgementRow,
    ProjectRow,
    SentryIssueRow,
    SuspectRow,
    TallyRow,
    VerdictRow,
)
from correlator.store.upsert import insert_into
from correlator.types import ExposureKind, RollOut, Seen, Use

MOST_ROLL_OUTS = 2000
# Events may seem to come before the deploy that they are of.
EARLY = timedelta(days=1)
NAMED, DENIED = "mends", "not"
AT_ONCE = 400
# A verdict's first suspect is what a fix is looked for if it is this likely.
LIKELY = 0.5
CONFIRMED, REJECTED = "confirmed", "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """An issue on one line, as rows have it. ``calls``: of the failing transaction; ``counted``:
    when calls of anything were counted last; ``sessions``: of the service."""

    environment: str
    service: str
    seen: tuple[Seen, ...]
    roll_outs: tuple[RollOut, ...]
    revisions: Mapping[str, str]
    calls: tuple[Use, ...] = ()
    counted: datetime | None = None
    sessions: tuple[Use, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All that rows know of an issue that is followed, read from ``at`` on. ``culprit``: the change
    that did it."""

    at: datetime
    issue: IssueRow
    names: frozenset[str]
    culprit: str | None
    repo_id: int | None
    words: tuple[FixWordRow, ...]
    lines: tuple[Ran, ...]


def known_of(session: Session, issue_id: int, now: datetime) -> Known | None:
    """Gather; None where there is no such issue, or it was merged into another. ``now``: a moment
    before the first read."""
    issue = session.get(IssueRow, issue_id)
    if issue is None or issue.merged_into is not None:
        return None
    members = [issue_id, *_merged(session, issue_id)]
    culprit, repo_id = culprit_of(session, issue)
    words = select(FixWordRow).where(col(FixWordRow.issue_id).in_(members))
    return Known(
        at=now,
        issue=issue,
        names=_names(session, members),
        culprit=culprit,
        repo_id=repo_id,
        words=tuple(session.exec(words.order_by(col(FixWordRow.id)))),
        lines=tuple(_lines(session, issue)),
    )


def culprit_of(session: Session, issue: IssueRow) -> tuple[str | None, int | None]:
    """The change that did it, by a person or by the verdict, and its repository; where no change
    is named, the verdict's."""
    verdict = session.get(VerdictRow, issue.verdict_id) if issue.verdict_id else None
    if verdict is None:
        return None, None
    said: dict[str, str] = {}
    spoken = select(JudgementRow).where(JudgementRow.issue_id == issue.id)
    for row in session.exec(spoken.order_by(col(JudgementRow.id))):
        said[row.sha] = row.said
    rows = select(SuspectRow).where(SuspectRow.verdict_id == verdict.id)
    suspects = list(session.exec(rows.order_by(col(SuspectRow.place))))
    places = {one.sha: one.repo_id for one in reversed(suspects)}
    named = [sha for sha, word in said.items() if word == CONFIRMED]
    if named:
        return named[-1], places.get(named[-1]) or verdict.repo_id
    first = suspects[0] if suspects else None
    if first is None or verdict.abstained or said.get(first.sha) == REJECTED:
        return None, verdict.repo_id
    if first.probability < LIKELY:
        return None, verdict.repo_id
    return first.sha, first.repo_id or verdict.repo_id


def _merged(session: Session, issue_id: int) -> list[int]:
    into = select(IssueRow.id).where(col(IssueRow.merged_into) == issue_id)
    return [one for one in session.exec(into) if one is not None]


def _names(session: Session, issue_ids: Sequence[int]) -> frozenset[str]:
    rows = session.exec(
        select(IssueRow.id, IssueRow.number, ProjectRow.slug)
        .join(ProjectRow, col(ProjectRow.id) == col(IssueRow.project_id))
        .where(col(IssueRow.id).in_(issue_ids))
    )
    names = {
        name for ident, number, slug in rows for name in (f"{slug}-{number}", f"issue:{ident}")
    }
    sentry = select(SentryIssueRow).where(col(SentryIssueRow.issue_id).in_(issue_ids))
    for row in session.exec(sentry):
        names |= {f"sentry:{row.number}", *([row.short.lower()] if row.short else [])}
    return frozenset(names)


def _lines(session: Session, issue: IssueRow) -> Iterable[Ran]:
    counted: defaultdict[tuple[str, str], list[TallyRow]] = defaultdict(list)
    tallies = select(TallyRow).where(TallyRow.issue_id == issue.id).order_by(col(TallyRow.hour))
    for row in session.exec(tallies):
        counted[row.environment, row.service].append(row)
    transaction = _transaction(session, issue)
    for place, rows in sorted(counted.items()):
        began = rows[0].hour
        deploys = _deploys(session, issue.project_id, place, began)
        since = began - EARLY
        calls, at = _calls(session, issue.project_id, place, transaction, since)
        yield Ran(
            environment=place[0],
            service=place[1],
            seen=tuple(
                Seen(hour=row.hour, release=row.release, events=row.events, windows=row.windows)
                for row in rows
            ),
            roll_outs=tuple(RollOut(id=one.id or 0, release=one.release, at=one.at)
                            for one in deploys),
            revisions={one.release: one.revision for one in deploys if one.revision},
            calls=calls,
            counted=at,
            sessions=_used(session, issue.project_id, place, ExposureKind.SESSIONS, None, since),
        )  # fmt: skip


def _transaction(session: Session, issue: IssueRow) -> str | None:
    row = session.get(EventRow, issue.first_event_id) if issue.first_event_id else None
    return unpack(row.body).transaction if row else None


def _deploys(
    session: Session, project_id: int, place: tuple[str, str], began: datetime
) -> list[DeployRow]:
    """The roll-outs of the line since shortly before the issue began, and two from before that.

    Only whole ones: beside a canary the release before stays what most of the traffic runs on."""
    service = _service(session, project_id, place)
    on = select(DeployRow).where(
        DeployRow.project_id == project_id,
        DeployRow.environment == place[0],
        DeployRow.service == service,
        col(DeployRow.stage).is_(None),
    )
    since = began - EARLY
    before = on.where(DeployRow.at < since).order_by(col(DeployRow.at).desc()).limit(2)
    after = on.where(DeployRow.at >= since).order_by(col(DeployRow.at).desc())
    newest = list(session.exec(after.limit(MOST_ROLL_OUTS)))[::-1]
    # Beyond a gap nothing is told: what was there before would seem to have stayed all that time.
    earlier = [] if len(newest) == MOST_ROLL_OUTS else list(session.exec(before))[::-1]
    return [*earlier, *newest]


def _service(session: Session, project_id: int, place: tuple[str, str]) -> str:
    """The service that deploys name; the environment's only one if the events' has none."""
    there = select(DeployRow.service).where(
        DeployRow.project_id == project_id, DeployRow.environment == place[0]
    )
    services = list(session.exec(there.distinct().limit(2)))
    own = select(DeployRow.id).where(
        DeployRow.project_id == project_id,
        DeployRow.environment == place[0],
        DeployRow.service == place[1],
    )
    if len(services) == 1 and session.exec(own.limit(1)).first() is None:
        return services[0]
    return place[1]


def _calls(
    session: Session,
    project_id: int,
    place: tuple[str, str],
    transaction: str | None,
    since: datetime,
) -> tuple[tuple[Use, ...], datetime | None]:
    if transaction is None:
        return (), None
    found = _used(session, project_id, place, ExposureKind.CALLS, [transaction], since)
    if not found:
        return (), None
    newest = sa.select(sa.func.max(col(ExposureRow.hour))).where(
        col(ExposureRow.project_id) == project_id,
        col(ExposureRow.kind) == ExposureKind.CALLS.value,
        col(ExposureRow.environment) == place[0],
        col(ExposureRow.service) == place[1],
    )
    return found, session.execute(newest).scalar()


def _used(
    session: Session,
    project_id: int,
    place: tuple[str, str],
    kind: ExposureKind,
    names: Sequence[str] | None,
    since: datetime,
) -> tuple[Use, ...]:
    used = used_by_hour(session, project_id, place, kind, names=names, since=since)
    return tuple(Use(hour=one.hour, release=one.release, count=one.count) for one in used)


# --- what git said, kept for good ----------------------------------------------------------------


def kept_inside(
    session: Session, repo_id: int, revisions: Collection[str], shas: Collection[str]
) -> dict[tuple[str, str], bool]:
    """By (revision, commit): whether it contains it, as far as that was asked before."""
    found: dict[tuple[str, str], bool] = {}
    wanted, asked = sorted(shas), sorted(revisions)
    for start in range(0, len(asked), AT_ONCE):
        there = select(InsideRow).where(
            InsideRow.repo_id == repo_id,
            col(InsideRow.revision).in_(asked[start : start + AT_ONCE]),
        )
        for at in range(0, len(wanted), AT_ONCE):
            rows = session.exec(there.where(col(InsideRow.sha).in_(wanted[at : at + AT_ONCE])))
            found |= {(row.revision, row.sha): row.contains for row in rows}
    return found


def keep_inside(session: Session, repo_id: int, told: Mapping[tuple[str, str], bool]) -> None:
    """Keep answers of git."""
    rows = [
        {"repo_id": repo_id, "revision": revision, "sha": sha, "contains": contains}
        for (revision, sha), contains in sorted(told.items())
    ]
    for at in range(0, len(rows), AT_ONCE):
        insert = insert_into(session, InsideRow).values(rows[at : at + AT_ONCE])
        session.execute(
            insert.on_conflict_do_nothing(index_elements=["repo_id", "revision", "sha"])
        )


# --- what was found ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Course:
    """All that was found of an issue: rows that take the place of those before."""

    followed: FollowedRow
    fixes: tuple[FixRow, ...] = ()
    episodes: tuple[EpisodeRow, ...] = ()
    attempts: tuple[FixAttemptRow, ...] = ()


def replace_course(session: Session, issue_id: int, course: Course | None) -> None:
    """Put what was found in place of what was found before; None: nothing is to be said.

    What was gathered before that which is kept already is dropped: it knows less. So is the course
    of an issue that is gone, or was merged into another while it was followed.
    """
    issue = session.get(IssueRow, issue_id, with_for_update=True)
    kept = select(FollowedRow.at).where(FollowedRow.issue_id == issue_id)
    newest = session.exec(kept).first()
    if course is not None and newest is not None and newest > course.followed.at:
        return
    for table in (FixAttemptRow, EpisodeRow, FixRow, FollowedRow):
        session.execute(sa.delete(table).where(col(table.issue_id) == issue_id))
    if course is not None and issue is not None and issue.merged_into is None:
        session.add(course.followed)
        session.add_all([*course.fixes, *course.episodes, *course.attempts])
    session.flush()


def users_until(session: Session, issue_id: int, until: datetime | None) -> int:
    """Users that the issue hit before a moment; as far as their events are still there."""
    query = sa.select(sa.func.count(sa.distinct(col(EventRow.user)))).where(
        col(EventRow.issue_id) == issue_id, col(EventRow.user).is_not(None)
    )
    if until is not None:
        query = query.where(col(EventRow.at) < until)
    return int(session.execute(query).scalar_one())


# --- what is said --------------------------------------------------------------------------------


def keep_word(session: Session, word: FixWordRow) -> None:
    """Append it, unless it says what the newest word of this kind on this change said."""
    newest = session.exec(
        select(FixWordRow)
        .where(FixWordRow.issue_id == word.issue_id, FixWordRow.key == word.key)
        .order_by(col(FixWordRow.id).desc())
        .limit(1)
    ).first()
    if newest is None or (newest.said, newest.way) != (word.said, word.way):
        session.add(word)
        session.flush()
