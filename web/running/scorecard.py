"""The scorecard: how right this installation's verdicts were, and how well they knew it."""

from typing import Any

from flask import request, url_for

from correlator.store.session import reading
from correlator.store.tables import TrainingRow
from correlator.store.verdicts import scorecard as verdicts
from correlator.store.verdicts import scorecard_sums as sums
from correlator.store.verdicts import scored, trainings
from correlator.store.verdicts.scorecard import Scored
from web import present
from web.auth import viewer
from web.issues import advice
from web.leads import leads
from web.pages import Page, asked_page, house, page, section

pages = section("scorecard")
SIDE, EDGE = 220, 28
OUTCOMES = {"right": "Confirmed", "wrong": "Not the culprit", "open": "Nobody said"}


@page(pages, "/scorecard", "scorecard.html")
def scorecard() -> Page:
    """Accuracy and calibration of the verdicts that somebody judged."""
    only = viewer().only_project
    with reading(house().world.engine) as session:
        rows = verdicts.whole(session, only)
        behind = scored.told_behind(session, only)
        trained = trainings.trainings(session) if only is None else []
    told = _linked(sums.card(rows))
    return {
        **told,
        "behind": behind,
        "picture": _picture(told["bands"]),
        "trainings": [_training(row) for row in trained],
        "weights": trained[0].in_use if trained else None,
    }


@page(pages, "/scorecard/issues", "scorecard_issues.html")
def issues() -> Page:
    """What a number of the scorecard was counted from."""
    filters = {name: request.args.get(name, "")[:60] for name in sums.FILTERS}
    number = asked_page()
    with reading(house().world.engine) as session:
        total, rows = verdicts.page_of(session, filters, number, viewer().only_project)
    return {
        "filters": filters,
        "total": total,
        "page": number,
        "last_page": max(1, -(-total // verdicts.PAGE)),
        "issues": [_line(row) for row in rows],
    }


def _linked(told: Any) -> Any:
    """Every number that names its filters gets the address of what it was counted from."""
    lead = leads("scorecard.issues")

    def linked(one: Any) -> Any:
        if isinstance(one, list):
            return [linked(each) for each in one]
        if not isinstance(one, dict):
            return one
        shown = {name: linked(value) for name, value in one.items() if name != "filters"}
        if "filters" in one:
            shown["url"] = lead(one["filters"])
        return shown

    return linked(told)


def _picture(bands: list[Page]) -> list[Page]:
    """Where the marks of the reliability picture go, in its own units: right is surer, up is
    oftener right; the bar is the interval."""

    def up(found: float) -> float:
        return round(EDGE + (1 - found) * SIDE, 1)

    return [
        {
            "x": round(EDGE + band["stated"] * SIDE, 1),
            "y": up(band["right"]["share"]),
            "top": up(band["right"]["high"]),
            "bottom": up(band["right"]["low"]),
            "stated": band["stated"],
            "found": band["right"]["share"],
            "judged": band["right"]["of"],
            "url": band["right"]["judged"]["url"],
        }
        for band in bands
        if band["stated"] is not None
    ]


def _training(row: TrainingRow) -> Page:
    return {
        "at": present.when(row.at),
        "version": row.version,
        "parent": row.parent,
        "in_use": row.in_use,
        "outcome": row.outcome,
        "because": row.because,
        "cases": row.cases,
        "labels": dict(row.labels),
        "metrics": dict(row.metrics),
    }


def _line(row: Scored) -> Page:
    return {
        "short": row.short,
        "title": row.title,
        "at": present.when(row.at),
        "weights": row.weights,
        "confidence": row.confidence,
        "abstained": advice.words(row.abstained) if row.abstained else None,
        "outcome": row.outcome,
        "words": OUTCOMES[row.outcome],
        "source": row.source,
        "url": url_for("issues.issue", issue_id=row.issue_id),
    }
