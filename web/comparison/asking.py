"""What is asked of comparisons: which changes, told apart by what, and what was worked out of it.

Everything is worked out by a step and kept; a page only reads it. A question that nobody asked
before is put down, and a worker is woken.
"""

from typing import Any

from flask import request

from correlator.store.comparison import kept as comparisons
from correlator.store.comparison.kept import Asked
from correlator.store.session import reading, transaction
from correlator.store.tables import ComparisonRow, ComparisonRunRow
from correlator.types import Author, Next
from web import present
from web.auth import viewer
from web.pages import Page, house

BY = {
    "provenance": "who or what wrote it",
    "tool": "tool",
    "model": "model",
    "session": "length of the session",
    "review": "state of the review",
    "size": "lines changed",
    "directory": "directory",
}
DAYS = (60, 90, 180, 365)
LABELS = {author.value: words for author, words in present.LABELS.items()}
FILTERS = ("by", "days", "environment", "service", "provenance")
DAY_SECONDS = 86_400


def question() -> tuple[ComparisonRunRow | None, Page, Asked]:
    """The run in force, what may be chosen, and what was asked of it."""
    only = viewer().only_project
    with reading(house().world.engine) as session:
        run = comparisons.run_in_force(session)
        known = comparisons.choices(session, run, only)
    given = {name: request.args.get(name, "")[:100] for name in FILTERS}
    usual = comparisons.usual_environment(known["environment"])
    asked = Asked(
        by=given["by"] if given["by"] in BY else "provenance",
        days=int(given["days"]) if given["days"] in map(str, DAYS) else comparisons.DAYS,
        environment=_known(given["environment"], known["environment"]) or usual,
        service=_known(given["service"], known["service"]),
        provenance=_known(given["provenance"], [one.value for one in Author]),
        project_id=only,
    )
    choices = {**known, "by": BY, "days": list(DAYS), "provenance": LABELS}
    return run, choices, asked


def _known(given: str, choices: list[str]) -> str:
    return given if given in choices else ""


def filters(asked: Asked) -> dict[str, Any]:
    """The question as it stands in an address."""
    return {name: getattr(asked, name) for name in FILTERS if getattr(asked, name)}


def row_of(asked: Asked, run: ComparisonRunRow | None) -> ComparisonRow | None:
    """What is kept of the question. It is put down if it is new, and a worker is woken."""
    if run is None:
        return None
    world = house().world
    with reading(world.engine) as session:
        row = comparisons.of(session, asked)
    if row is not None and row.run_id is not None:
        if (world.now() - row.asked_at).total_seconds() > DAY_SECONDS:
            with transaction(world.engine) as session:
                comparisons.looked_at(session, row.id, world.now())
        return row
    if row is None:
        with transaction(world.engine) as session:
            comparisons.ask(session, asked, world.now())
        with reading(world.engine) as session:
            row = comparisons.of(session, asked)
    if row is not None and row.id is not None and row.problem is None:
        house().wake(Next("compare", (row.id,)))
    return row
