"""Where the marks of a chart go. Numbers in, positions in percent out; the template draws."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from correlator.store.tables import DeployRow
from web import present
from web.present import Shown

BUCKETS = 48
SHORTEST = timedelta(minutes=2)
LEAD = timedelta(hours=1)


def window(
    first_seen: datetime, last_seen: datetime, deploys: Sequence[DeployRow]
) -> tuple[datetime, datetime]:
    """From shortly before the deploy that the issue began in (or its first event) to its last."""
    before = [row.at for row in deploys if row.at <= first_seen]
    start = max(before) if before else first_seen
    start = max(start, first_seen - max((last_seen - first_seen) / 3, LEAD))
    length = max(last_seen - start, SHORTEST)
    return start - length * 0.06, start + length * 1.04


def time_line(
    counts: Sequence[int],
    since: datetime,
    until: datetime,
    deploys: Sequence[DeployRow],
    began: DeployRow | None,
) -> Shown:
    """Bars of events and marks of deploys between two times."""
    length = (until - since) / timedelta(seconds=1)
    top = max(counts, default=0) or 1
    width = 100 / len(counts)
    step = (until - since) / len(counts)
    bars = [
        {
            "at": present.when(since + step * place),
            "events": count,
            "x": round(place * width, 3),
            "width": round(width, 3),
            "height": round(count / top, 4),
        }
        for place, count in enumerate(counts)
    ]
    marks = [
        {
            **present.deploy(row),
            "began": row is began,
            "x": round((row.at - since).total_seconds() / length * 100, 3),
        }
        for row in deploys
        if since <= row.at <= until
    ]
    return {
        "since": present.when(since),
        "until": present.when(until),
        "bucket_seconds": step.total_seconds(),
        "most": max(counts, default=0),
        "bars": bars,
        "deploys": marks,
    }
