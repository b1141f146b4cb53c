"""Where the parts of a picture of shares go. Counts in, positions out; the templates draw.

Parts stand in the order of the answers, always; each carries the address of what it was counted
from.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from correlator.types import Author
from web.present import LABELS, Shown

HEIGHT = 120.0
Leads = Callable[..., str]


def shares(counts: Mapping[str, int], leads: Leads) -> list[Shown]:
    """Each answer's count and share, and where its part of a bar begins and ends, in percent.

    ``leads(provenance=…)`` gives the address of the list.
    """
    total = sum(counts.get(author.value, 0) for author in Author)
    parts: list[Shown] = []
    x = 0.0
    for author in Author:
        count = counts.get(author.value, 0)
        width = 100 * count / total if total else 0.0
        parts.append(
            {
                "author": author.value,
                "label": LABELS[author],
                "count": count,
                "share": count / total if total else 0.0,
                "x": round(x, 3),
                "width": round(width, 3),
                "url": leads(author.value),
            }
        )
        x += width
    return parts


def row(name: str, counts: Mapping[str, int], top: int, leads: Leads, url: str) -> Shown:
    """A named bar, as long as its total is against the longest, ``top``."""
    parts = shares(counts, leads)
    total = sum(part["count"] for part in parts)
    length = total / top if top else 0.0
    for part in parts:
        part["x"] = round(part["x"] * length, 3)
        part["width"] = round(part["width"] * length, 3)
    return {"name": name, "total": total, "parts": parts, "url": url}


def columns(
    found: Mapping[str, Mapping[str, int]], buckets: list[str], leads: Callable[[str, str], str]
) -> Shown:
    """Stacked columns, one a bucket, as high as its total is against the highest."""
    totals = {name: sum(found.get(name, {}).values()) for name in buckets}
    top = max(totals.values(), default=0)
    width = 100 / len(buckets) if buckets else 0.0
    drawn = []
    for place, name in enumerate(buckets):
        y = HEIGHT
        parts = []
        for author in Author:
            count = found.get(name, {}).get(author.value, 0)
            height = HEIGHT * count / top if top else 0.0
            y -= height
            if count:
                parts.append(
                    {
                        "author": author.value,
                        "label": LABELS[author],
                        "count": count,
                        "y": round(y, 2),
                        "height": round(height, 2),
                        "url": leads(name, author.value),
                    }
                )
        drawn.append(
            {
                "name": name,
                "total": totals[name],
                "x": round(place * width, 3),
                "width": round(width, 3),
                "parts": parts,
            }
        )
    return {"buckets": drawn, "most": top, "height": HEIGHT}


def months(last: str, count: int) -> list[str]:
    """``count`` months, the last of them ``last``, as 2026-11."""
    place = int(last[:4]) * 12 + int(last[5:7]) - 1
    return [f"{at // 12:04d}-{at % 12 + 1:02d}" for at in range(place - count + 1, place + 1)]


def weeks(last: str, count: int) -> list[str]:
    """``count`` weeks by their Mondays, the last of them ``last``."""
    monday = date.fromisoformat(last)
    return [f"{monday - timedelta(weeks=back):%Y-%m-%d}" for back in range(count - 1, -1, -1)]
