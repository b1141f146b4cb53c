"""The page of one change: what it is, every claim about who wrote it, where it is suspected."""

from typing import Any

from flask import abort, url_for

from correlator.store import installation, queries
from correlator.store.session import reading
from correlator.store.tables import IssueRow, ProjectRow, SuspectRow, VerdictRow
from web import present
from web.auth import viewer
from web.pages import Page, house, page, section

pages = section("changes")
SHORTEST_SHA = 7


@page(pages, "/changes/<path:repo>/<string(minlength=7,maxlength=64):sha>", "change.html")
def change(repo: str, sha: str) -> Page:
    """A change by its repository's name and its sha, or the beginning of one."""
    only = viewer().only_project
    with reading(house().world.engine) as session:
        found = queries.change(session, repo, sha.lower())
        if found is None or not _may_see(session, repo, only):
            abort(404, "Correlator keeps only changes that an issue has pointed to.")
        row = found[1]
        issues = queries.suspected_in(session, row.repo_id, row.sha, only)
    return {
        **present.commit(row, row.sha, repo),
        "repo": repo,
        "message": row.message,
        "committer": present.person(row.committer_name, row.committer_email),
        "claims": [_claim(one) for one in row.claims],
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
    return shown


def _suspected(
    issue: IssueRow, project: ProjectRow, suspect: SuspectRow, verdict: VerdictRow
) -> Page:
    return {
        **present.issue(issue, project),
        "place": suspect.place,
        "probability": suspect.probability,
        "abstained": verdict.abstained,
    }
