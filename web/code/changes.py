"""The page of one change: what it is, every claim about who wrote it, where it is suspected."""

import re
from typing import Any

from flask import abort, url_for

from correlator.store import queries
from correlator.store.code import standings
from correlator.store.session import reading
from correlator.store.tables import IssueRow, ProjectRow, StandingRow, SuspectRow, VerdictRow
from correlator.store.upkeep import installation
from web import present
from web.auth import viewer
from web.code.sessions import sessions_of
from web.pages import Page, house, page, section

pages = section("changes")
UNKNOWN = (
    "Correlator knows no such change: it is on no branch that was surveyed, and no issue has "
    "pointed to it."
)
# As records of lines are summed up for their commit, see correlator/provenance/rollup.py.
_OF_LINES = re.compile(r"\A\d+ lines? in \d+ files?: ")
# Claims below this decide nothing, so they contradict nothing.
DECIDES = 0.3


@page(pages, "/changes/<path:repo>/<string(minlength=7,maxlength=64):sha>", "change.html")
def change(repo: str, sha: str) -> Page:
    """A change by its repository's name and its sha, or the beginning of one."""
    only = viewer().only_project
    with reading(house().world.engine) as session:
        found = queries.change(session, repo, sha.lower())
        if found is None or not _may_see(session, repo, only):
            abort(404, UNKNOWN)
        row = found[1]
        stood = standings.standing_of(session, row.repo_id, row.sha)
        issues = queries.suspected_in(session, row.repo_id, row.sha, only)
    return {
        **present.commit(row, row.sha, repo),
        "repo": repo,
        "message": row.message,
        "committer": present.person(row.committer_name, row.committer_email),
        "claims": [_claim(one) for one in row.claims],
        "sessions": sessions_of(row.claims),
        "disagree": _disagree(row.claims),
        "keeps_prompts": house().world.settings.keep_prompts,
        "accountability": _accountability(stood),
        "issues": [_suspected(*one) for one in issues],
        "issues_url": url_for("issues.index", suspect=row.sha, status="all"),
    }


def _may_see(session: Any, repo: str, only: int | None) -> bool:
    return only is None or any(
        row.name == repo for row, _ in installation.repositories(session, only)
    )


def _claim(one: dict[str, Any]) -> Page:
    names = ("author", "mechanism", "role", "certainty", "because", "tool", "model", "session",
             "human", "path", "lines", "derived")  # fmt: skip
    shown = {name: one.get(name) for name in names}
    shown["label"] = present.label(one.get("author", ""))
    shown["level"] = "line" if one.get("path") or _counts_lines(one) else "commit"
    return shown


def _counts_lines(one: dict[str, Any]) -> bool:
    """Whether a claim on the commit was summed up from records of its lines."""
    return bool(_OF_LINES.match(str(one.get("because") or "")))


def _disagree(claims: list[dict[str, Any]]) -> bool:
    """Whether records that decide say different things; which of them did is in the answer."""
    strong = [one for one in claims if (one.get("certainty") or 0) >= DECIDES]
    return len({one.get("author") for one in strong} - {"unknown"}) > 1


_STATES = {
    "counts": "sign-off",
    "stale": "stale",
    "own-work": "own work",
    "machine": "machine",
    "dismissed": "dismissed",
    "objects": "asks for changes",
    "commented": "commented",
    "declared": "only declared",
}
_OUTCOMES = {"kept": "Kept", "broken": "Broken", "cannot-tell": "Cannot tell"}


def _accountability(row: StandingRow | None) -> Page | None:
    """Who stands behind the change as it was last told; None while nobody looked."""
    if row is None or not row.body:
        return None
    body = dict(row.body)
    hours = (body.get("review_seconds") or 0) / 3600
    return {
        **body,
        "told_at": present.when(row.at),
        "review_hours": round(hours, 1) if body.get("review_seconds") is not None else None,
        "sign_offs": [
            {**one, "label": _STATES.get(one["state"], one["state"])}
            for one in body.get("sign_offs", ())
        ],
        "rulings": [
            {**one, "label": _OUTCOMES.get(one["outcome"], one["outcome"])}
            for one in body.get("rulings", ())
        ],
        "is_signed": any(one["state"] == "counts" for one in body.get("sign_offs", ())),
    }


def _suspected(
    issue: IssueRow, project: ProjectRow, suspect: SuspectRow, verdict: VerdictRow
) -> Page:
    return {
        **present.issue(issue, project),
        "place": suspect.place,
        "probability": suspect.probability,
        "abstained": verdict.abstained,
    }
