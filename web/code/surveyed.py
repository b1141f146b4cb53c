"""What the pages of one repository share: which it is, who may see it, how far its survey is."""

from typing import Any

from flask import abort, url_for

from correlator.store.code import survey_turns
from correlator.store.tables import RepoRow, SurveyRow
from correlator.store.upkeep import installation
from web import present
from web.auth import viewer
from web.pages import Page

WAITS = "waits"


def the_repository(session: Any, name: str) -> RepoRow:
    """The repository of that name, if whoever asks may see it."""
    rows = installation.repositories(session, viewer().only_project)
    found = next((row for row, _ in rows if row.name == name), None)
    if found is None:
        abort(404, "There is no such repository.")
    return found


def head(session: Any, row: RepoRow) -> Page:
    """What stands above each page of a repository: its name, its state, how far its survey is."""
    survey = survey_turns.survey_of(session, row.id)
    return {
        "repository": {
            "name": row.name,
            "state": row.state,
            "problem": row.problem,
            "branch": row.default_branch,
            "fetched_at": present.when(row.fetched_at),
        },
        "survey": _survey(survey),
        "addresses": {
            name: url_for(endpoint, name=row.name)
            for name, endpoint in (
                ("provenance", "provenance.provenance"),
                ("commits", "commits.commits"),
                ("policy", "policies.policy"),
            )
        },
    }


def _survey(row: SurveyRow | None) -> Page:
    if row is None:
        return {"state": WAITS, "done": 0, "total": 0, "is_first": True, "unread": [],
                "head": None, "finished_at": None}  # fmt: skip
    return {
        "state": row.state if row.head or row.state != "due" else WAITS,
        "done": row.done,
        "total": row.total,
        "is_first": row.finished_at is None,
        "head": row.head,
        "has_lines": row.lines_head is not None or row.state == "lines",
        "finished_at": present.when(row.finished_at),
        "unread": list(row.unread),
    }
