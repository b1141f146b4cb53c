"""The commits behind a number: who or what wrote each, who stands behind it, who signed it off."""

from collections.abc import Mapping, Sequence

from flask import request

from correlator.store.code import shares
from correlator.store.code.shares import LABELS, Wanted
from correlator.store.code.standings import signers
from correlator.store.session import reading
from correlator.store.tables import SurveyedRow
from correlator.types import Author, Reviewed
from web import present
from web.code.surveyed import head, the_repository
from web.pages import Page, asked_page, house, page, section

pages = section("commits")
FILTERS = (
    "provenance", "level", *LABELS, "week", "month", "before", "review", "left",
)  # fmt: skip
REVIEWS = {
    Reviewed.PERSON: "signed off by a person",
    Reviewed.MACHINE: "only a machine approved",
    Reviewed.NOBODY: "nobody signed off",
    Reviewed.UNTOLD: "reviews not told",
}
LEFT = {
    **{author.value: f"lines left that are {present.LABELS[author].lower()}" for author in Author},
    "any": "lines left",
    "unsigned": "lines left that nobody wrote by hand and no person signed off",
    "untold": "lines left that nobody wrote by hand, reviews not told",
}


@page(pages, "/repositories/<path:name>/commits", "commits.html")
def commits(name: str) -> Page:
    """The commits behind a number: any of the filters, newest first."""
    given = {one: request.args.get(one, "")[:500] for one in FILTERS}
    wanted = Wanted(**given, page=asked_page())
    with reading(house().world.engine) as session:
        row = the_repository(session, name)
        above = head(session, row)
        total, left, found = shares.commits(session, row.id or 0, wanted)
        tools = shares.choices(session, row.id or 0, "tool")
        teams = shares.choices(session, row.id or 0, "team")
        signed = signers(session, row.id or 0, [one.sha for one, _ in found])
    return {
        **above,
        "total": total,
        "lines": left,
        "page": wanted.page,
        "last_page": max(1, -(-total // shares.PAGE)),
        "filters": given,
        "said": _said(given),
        "choices": {
            "provenance": {author.value: present.LABELS[author] for author in Author},
            "review": {one.value: words for one, words in REVIEWS.items()},
            "tool": {tool: tool for tool in tools},
            "team": {team: team for team in teams},
        },
        "commits": [_commit(one, lines, name, signed.get(one.sha, ())) for one, lines in found],
    }


def _said(given: Mapping[str, str]) -> list[Page]:
    """The filters that no choice on the page shows, in words, each with its removal."""
    hidden = [one for one in FILTERS if given[one] and one not in
              {"provenance", "review", "tool", "team"}]  # fmt: skip
    words = {"left": "", "before": "before ", "carried": "carried over from "}
    return [
        {
            "name": one,
            "words": words.get(one, f"{one} ")
            + (LEFT.get(given[one], given[one]) if one == "left" else given[one]),
            "without": {key: value for key, value in given.items() if value and key != one},
        }
        for one in hidden
    ]


def _commit(row: SurveyedRow, lines: int | None, name: str, signed: Sequence[str]) -> Page:
    return {
        **present.commit(row, row.sha, name),
        "level": row.level,
        "derived": row.is_derived,
        "accountable": row.accountable,
        "accountable_as": row.accountable_as,
        "number": row.number,
        "review": row.review,
        "signed_by": list(signed) if row.review == Reviewed.PERSON else [],
        "review_words": REVIEWS.get(Reviewed(row.review), row.review),
        "added": row.added,
        "lines": lines,
    }
