"""Who or what wrote a repository: shares of its commits and of the lines that are left."""

from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import Any

from flask import request, url_for

from correlator.store.code import shares
from correlator.store.code.shares import LABELS, NOT_BY_HAND, Lines
from correlator.store.session import reading
from correlator.types import Author
from web import pictures
from web.code.surveyed import head, the_repository
from web.pages import Page, house, page, section

pages = section("provenance")
UNITS = {"month": 24, "week": 52}
ROWS = 12


@page(pages, "/repositories/<path:name>/provenance", "provenance.html")
def provenance(name: str) -> Page:
    """Shares of a repository's commits and lines: over time, by folder, team, tool, mechanism."""
    unit = request.args.get("by", "") if request.args.get("by") in UNITS else "month"
    under = request.args.get("directory", "")[:500].strip("/")
    with reading(house().world.engine) as session:
        row = the_repository(session, name)
        repo_id = row.id or 0
        above = head(session, row)
        counts = shares.commit_counts(session, repo_id)
        timed = shares.over_time(session, repo_id, unit)
        labels = {kind: shares.by_label(session, repo_id, kind) for kind in LABELS[:-1]}
        folders = shares.by_folder(session, repo_id, under)
        left = shares.lines(session, repo_id, under)
    leads = partial(url_for, "commits.commits", name=name)
    return {
        **above,
        "directory": under,
        "crumbs": _crumbs(name, under),
        "commits": _commits(counts, leads),
        "lines": _lines(left, leads, under),
        "over_time": _over_time(timed, unit, leads),
        "units": [
            {"name": one, "url": url_for("provenance.provenance", name=name, by=one)}
            for one in UNITS
        ],
        "folders": _folders(name, folders, left, under),
        **{f"{kind}s": _named(kind, found, leads) for kind, found in labels.items()},
        "lines_by": {
            kind: _named_lines(kind, getattr(left, f"{kind}s"), leads, under)
            for kind in ("tool", "model", "team")
        },
        "recorded": bool(labels["mechanism"] or labels["carried"]),
    }


def _commits(counts: list[tuple[str, str, bool, int]], leads: Any) -> Page:
    authors: Counter[str] = Counter()
    levels: Counter[str] = Counter()
    derived = 0
    for author, level, is_derived, count in counts:
        authors[author] += count
        if author != Author.UNKNOWN:
            levels[level] += count
            derived += count if is_derived else 0
    return {
        "total": authors.total(),
        "url": leads(),
        "parts": pictures.shares(authors, lambda author: leads(provenance=author)),
        "levels": {"line": levels["line"], "commit": levels["commit"]},
        "derived": derived,
    }


def _lines(left: Lines, leads: Any, under: str) -> Page:
    return {
        "total": left.total,
        "url": leads(left="any", directory=under or None),
        "parts": pictures.shares(
            left.authors, lambda author: leads(left=author, directory=under or None)
        ),
        "levels": {"line": left.levels["line"], "commit": left.levels["commit"]},
        "derived": left.derived,
        "not_by_hand": sum(left.authors[author] for author in NOT_BY_HAND),
        "unsigned": sum(folder["unsigned"] for folder in left.folders.values()),
        "unsigned_url": leads(left="unsigned", directory=under or None),
        "untold": sum(folder["untold"] for folder in left.folders.values()),
        "untold_url": leads(left="untold", directory=under or None),
    }


def _over_time(timed: Mapping[str, Mapping[str, int]], unit: str, leads: Any) -> Page:
    if not timed:
        return {"unit": unit, "buckets": [], "most": 0, "height": pictures.HEIGHT, "earlier": None}
    first, last = min(timed), max(timed)
    run = pictures.months if unit == "month" else pictures.weeks
    buckets = [name for name in run(last, UNITS[unit]) if name >= first]
    drawn = pictures.columns(
        timed, buckets, lambda name, author: leads(**{unit: name}, provenance=author)
    )
    before = sum(sum(counts.values()) for name, counts in timed.items() if name < buckets[0])
    earlier = None
    if before:
        url = leads(before=buckets[0]) if unit == "month" else None
        earlier = {"count": before, "before": buckets[0], "url": url}
    return {"unit": unit, **drawn, "earlier": earlier}


def _folders(
    name: str, found: Mapping[str, Mapping[str, int]], left: Lines, under: str
) -> list[Page]:
    """One row a folder: commits that touched it, lines that are left in it."""
    names = sorted(
        {*found, *left.folders},
        key=lambda one: (-_lines_of(left, one), -sum(found.get(one, {}).values()), one),
    )
    top = max((_lines_of(left, one) for one in names), default=0)
    leads = partial(url_for, "commits.commits", name=name)
    rows = []
    for one in names[: ROWS * 5]:
        counts = left.folders.get(one) or Counter[str]()
        lead_lines = partial(leads, directory=one)
        drill = url_for("provenance.provenance", name=name, directory=one) + "#folders"
        drawn = pictures.row(
            one, counts, top, lambda author, lead=lead_lines: lead(left=author), drill
        )
        rows.append(
            {
                **drawn,
                "is_own": one == under or one == ".",
                "commits": sum(found.get(one, {}).values()),
                "commits_url": leads(directory=one),
                "by_commit": pictures.shares(
                    found.get(one, {}), lambda author, lead=lead_lines: lead(provenance=author)
                ),
                "unsigned": counts["unsigned"],
                "unsigned_url": lead_lines(left="unsigned"),
                "untold": counts["untold"],
                "untold_url": lead_lines(left="untold"),
            }
        )
    return rows


def _lines_of(left: Lines, folder: str) -> int:
    counts = left.folders.get(folder) or Counter[str]()
    return sum(counts.get(author.value, 0) for author in Author)


def _named(kind: str, found: Mapping[str, Mapping[str, int]], leads: Any) -> list[Page]:
    top = max((sum(counts.values()) for counts in found.values()), default=0)
    return [
        pictures.row(
            name,
            counts,
            top,
            lambda author, name=name: leads(**{kind: name}, provenance=author),
            leads(**{kind: name}),
        )
        for name, counts in list(found.items())[:ROWS]
    ]


def _named_lines(
    kind: str, found: Mapping[str, Counter[str]], leads: Any, under: str
) -> list[Page]:
    most = sorted(found.items(), key=lambda one: (-one[1].total(), one[0]))[:ROWS]
    top = most[0][1].total() if most else 0
    where = {"directory": under or None}
    return [
        pictures.row(
            name,
            counts,
            top,
            lambda author, name=name: leads(**{kind: name}, left=author, **where),
            leads(**{kind: name}, left="any", **where),
        )
        for name, counts in most
    ]


def _crumbs(name: str, under: str) -> list[Page]:
    parts = under.split("/") if under else []
    whole = [{"name": "all folders", "url": url_for("provenance.provenance", name=name)}]
    return whole + [
        {
            "name": part,
            "url": url_for("provenance.provenance", name=name, directory="/".join(parts[: at + 1])),
        }
        for at, part in enumerate(parts)
    ]
