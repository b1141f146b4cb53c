"""A lane chart: deploys, attempts, events and verdicts of an issue on one time line, in percent."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from correlator.store.cycles.reads import CourseRows
from correlator.store.tables import FixAttemptRow, IssueRow
from web import present
from web.present import Shown

BINS = 96
# Of more marks than this, those of one bin are drawn as one.
MOST_MARKS = 60
# Of more attempts, those before are drawn as deploys are.
MOST_ATTEMPTS = 100
LEAST = timedelta(hours=2)
LONG_AGO = timedelta(days=30)


def chart(rows: CourseRows, issue: IssueRow, now: datetime) -> Shown:
    """From shortly before the issue began to now; of a story that has been over for longer than it
    took, and a month, to shortly after its end."""
    place = (rows.followed.environment, rows.followed.service) if rows.followed else ("", "")
    attempts = [one for one in rows.attempts if (one.environment, one.service) == place]
    since, until = _window(rows, issue, attempts, now)
    scale = _Scale(since, until)
    return {
        "since": present.when(since),
        "until": present.when(until),
        "deploys": _marks(scale, [(at, release) for release, at in rows.deploys], "deploys"),
        "attempts": [_attempt(scale, one, now) for one in attempts[-MOST_ATTEMPTS:]],
        "attempts_before": _marks(
            scale,
            [(one.at, f"{one.release}: {one.state}") for one in attempts[:-MOST_ATTEMPTS]],
            "attempts",
        ),
        "events": _bars(scale, rows.events, issue),
        "verdicts": _marks(
            scale,
            [(at, f"no culprit named ({silent})" if silent else "culprit named")
             for at, silent in rows.verdicts],
            "verdicts",
        ),
    }  # fmt: skip


class _Scale:
    def __init__(self, since: datetime, until: datetime) -> None:
        self.since, self.until = since, until
        self._seconds = (until - since).total_seconds()

    def x(self, at: datetime) -> float:
        """Percent, kept within the chart."""
        part = (at - self.since).total_seconds() / self._seconds
        return round(min(max(part, 0.0), 1.0) * 100, 3)

    def holds(self, at: datetime) -> bool:
        return self.since <= at <= self.until


def _window(
    rows: CourseRows, issue: IssueRow, attempts: Sequence[FixAttemptRow], now: datetime
) -> tuple[datetime, datetime]:
    ends = [issue.last_seen, *(one.decided_at or one.at for one in attempts)]
    is_open = rows.followed is None or rows.followed.is_open
    took = max(max(ends) - issue.first_seen, LEAST)
    if not is_open and now - max(ends) > max(took, LONG_AGO):
        return issue.first_seen - took * 0.05, max(ends) + took * 0.5
    length = max(now - issue.first_seen, LEAST)
    return now - length * 1.05, now


def _attempt(scale: _Scale, row: FixAttemptRow, now: datetime) -> Shown:
    start, end = scale.x(row.at), scale.x(row.decided_at or now)
    return {
        "x": start,
        "width": round(max(end - start, 0.4), 3),
        "state": row.state,
        "release": row.release,
        "at": present.when(row.at),
        "anchor": f"attempt-{row.id}",
        "is_roll_back": row.is_roll_back,
        "confirmed": row.confirmed,
    }


def _marks(scale: _Scale, given: Sequence[tuple[datetime, str]], what: str) -> list[Shown]:
    """One for each; of very many one for each stretch, with how many it stands for."""
    shown = sorted(one for one in given if scale.holds(one[0]))
    if len(shown) <= MOST_MARKS:
        return [{"x": scale.x(at), "at": present.when(at), "label": label, "count": 1}
                for at, label in shown]  # fmt: skip
    bins: defaultdict[int, list[tuple[datetime, str]]] = defaultdict(list)
    for one in shown:
        bins[min(int(scale.x(one[0]) / 100 * BINS), BINS - 1)].append(one)
    return [
        {
            "x": round((place + 0.5) / BINS * 100, 3),
            "at": present.when(held[0][0]),
            "label": held[0][1] if len(held) == 1 else f"{len(held)} {what}",
            "count": len(held),
        }
        for place, held in sorted(bins.items())
    ]


def _bars(scale: _Scale, events: Sequence[tuple[datetime, int]], issue: IssueRow) -> list[Shown]:
    """Events are known by the hour. They stand in its middle, but never before the first of them
    or after the last: so near a deploy that would put them on its wrong side."""
    counts = [0] * BINS
    for hour, count in events:
        middle = min(max(hour + timedelta(minutes=30), issue.first_seen), issue.last_seen)
        counts[min(int(scale.x(middle) / 100 * BINS), BINS - 1)] += count
    top = max(counts) or 1
    step = (scale.until - scale.since) / BINS
    return [
        {
            "x": round(place / BINS * 100, 3),
            "width": round(100 / BINS, 3),
            "height": round(count / top, 4),
            "events": count,
            "at": present.when(scale.since + step * place),
        }
        for place, count in enumerate(counts)
        if count
    ]
