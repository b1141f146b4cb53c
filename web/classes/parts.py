"""Parts of the pages of failure classes, as the JSON twins have them."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from flask import url_for

from correlator.kinds.checks import checks_for
from correlator.statistics import wilson
from correlator.store.classes import sums as class_sums
from correlator.store.classes.fixes import Fixes
from correlator.store.classes.reads import Example
from correlator.store.classes.sums import WEEK
from correlator.store.tables import ClassLessonRow, FailureClassRow
from correlator.types import Act, Author, ClassState, Kind
from web import present
from web.pages import Page, house

# Under so many, a share says nothing: counts only.
LEAST_FOR_SHARES = 5


def head(row: FailureClassRow, names: dict[int, str]) -> Page:
    """What every page of a class begins with."""
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
        "issues_url": issues_url(row.id or 0),
    }


def issues_url(class_id: int) -> str:
    """The list of a class's issues."""
    return url_for("issues.index", failure_class=class_id, status="all")


def authors(counts: Counter[str]) -> Page:
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


def counted(counts: Counter[str]) -> list[Page]:
    """Names with how many issues have them, the commonest first."""
    return [{"name": name, "issues": count} for name, count in counts.most_common(20)]


def bars(weeks: Sequence[int], class_id: int) -> list[Page]:
    """Events by week; each bar leads to the issues of its week."""
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


def shared(token: str, share: float) -> Page:
    """Something that the issues share, and how many of them do."""
    aspect, _, what = token.partition(":")
    return {"aspect": aspect, "what": what, "share": share}


def fixes(found: Fixes) -> Page:
    """What mended issues of the class, and after how many redeploys."""
    return {
        "mended": found.mended,
        "open": found.open,
        "cycles": [
            {"cycles": cycles, "issues": count} for cycles, count in sorted(found.cycles.items())
        ],
        "held": [
            {
                **present.issue(one.issue, one.project),
                "release": one.attempt.release,
                "cycles": one.cycles,
                "because": one.attempt.because,
                "held_since": present.when(one.attempt.at),
                "commits": [
                    present.commit(commit, commit.sha, repo) for commit, repo in one.commits
                ],
                "held_url": url_for("issues.issue", issue_id=one.issue.id, _anchor="held"),
            }
            for one in found.held
        ],
    }


def example(one: Example) -> Page:
    """An issue of the class, why it is there, and its culprit."""
    named = one.culprit
    commit = named.commit if named else None
    return {
        **present.issue(one.issue, one.project),
        "because": one.member.because,
        "placed_by": one.member.placed_by,
        "likeness": one.member.likeness,
        "culprit": present.commit(commit, commit.sha, named.repo) if named and commit else None,
    }


def checks(kinds: Counter[str], platforms: Counter[str]) -> list[Page]:
    """What would have caught the commonest kind, on the commonest platform."""
    if not kinds:
        return []
    kind, platform = kinds.most_common(1)[0][0], platforms.most_common(1)[0][0]
    return [
        {"sort": one.sort, "advice": one.advice, "tool": one.tool, "rule": one.rule, "url": one.url}
        for one in checks_for(Kind(kind), platform)
    ]


def event(row: Any, names: dict[int, str]) -> Page:
    """Something that happened to a class."""
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


def lessons(rows: Sequence[ClassLessonRow]) -> list[Page]:
    """What people taught, with what takes it back."""
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
