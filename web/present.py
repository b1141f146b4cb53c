"""Rows become dicts here: what a page shows and what its JSON twin says, the same dict.

Times are ISO 8601 in UTC, chances 0 to 1, addresses relative to the site.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import url_for

from correlator.store.tables import (
    CommitRow,
    DeployRow,
    IssueRow,
    ProjectRow,
    SurveyedRow,
    SuspectRow,
)
from correlator.types import Author, Kind

SHORT = 8
Shown = dict[str, Any]

LABELS = {
    Author.AI: "AI",
    Author.MIXED: "AI and human",
    Author.HUMAN: "Human",
    Author.AUTOMATION: "Automation",
    Author.UNKNOWN: "Unknown",
}


def when(at: datetime | None) -> str | None:
    """A time as ISO 8601."""
    return at.isoformat() if at else None


def issue(row: IssueRow, project: ProjectRow) -> Shown:
    """An issue's head: what broke, where, how often, since when."""
    return {
        "id": row.id,
        "short": f"{project.slug.upper()}-{row.number}",
        "project": project.slug,
        "type": row.type,
        "value": row.value,
        "where": row.culprit_frame,
        "level": row.level,
        "platform": row.platform,
        "status": row.status,
        "kind": kind(row.kind),
        "service": row.first_service,
        "environment": row.first_environment,
        "release": row.first_release,
        "events": row.times_seen,
        "users": row.users_seen,
        "first_seen": when(row.first_seen),
        "last_seen": when(row.last_seen),
        "url": url_for("issues.issue", issue_id=row.id),
    }


def kind(name: str | None) -> Shown | None:
    """A kind by its id and title; None where nobody has looked yet."""
    if not name:
        return None
    known = Kind(name) if name in set(Kind) else Kind.UNCLASSIFIED
    return {"id": known.value, "title": known.label, "meaning": known.meaning}


def provenance(row: CommitRow | SurveyedRow | None) -> Shown:
    """Who or what wrote a commit, how sure that is, and why we say so."""
    if row is None:
        because = "Nothing is recorded about this commit."
        return _provenance(Author.UNKNOWN, 0.0, because)
    return {
        **_provenance(row.author, row.certainty, row.because),
        "tools": list(row.tools),
        "models": list(row.models),
        "level": row.level if isinstance(row, SurveyedRow) else "commit",
    }


def label(author: str) -> str:
    """A provenance in words; what we do not know is unknown."""
    return LABELS[Author(author) if author in set(Author) else Author.UNKNOWN]


def _provenance(author: str, certainty: float, because: str) -> Shown:
    known = Author(author) if author in set(Author) else Author.UNKNOWN
    return {
        "author": known.value,
        "label": LABELS[known],
        "certainty": certainty,
        "because": because,
        "tools": [],
        "models": [],
        "level": "commit",
        "derived": False,
        "session": None,
        "records": [],
    }


def line_provenance(line: Mapping[str, Any], commit: CommitRow | None) -> Shown:
    """A line's own record where there is one, else its commit's; ``level`` says which."""
    own = line.get("provenance")
    if not own:
        return provenance(commit)
    shown = _provenance(own.get("author", ""), own.get("certainty", 0.0), own.get("because", ""))
    for name, one in (("tools", "tool"), ("models", "model")):
        shown[name] = list(own.get(name) or ([own[one]] if own.get(one) else []))
    return {
        **shown,
        "level": own.get("level") or "line",
        "derived": bool(own.get("derived")),
        "session": own.get("session"),
        "records": [
            {**one, "label": label(one.get("author", ""))} for one in own.get("records") or []
        ],
    }


def person(name: str, email: str) -> Shown:
    """A name and a mail address, as git records them."""
    return {"name": name, "email": email}


def commit(row: CommitRow | SurveyedRow | None, sha: str, repo: str | None) -> Shown:
    """A change as it is named everywhere: subject, sha, author, when, and who or what wrote it."""
    shown: Shown = {
        "sha": sha,
        "short": sha[:SHORT],
        "subject": row.message.partition("\n")[0].strip() if row else "",
        "author": person(row.author_name, row.author_email) if row else None,
        "authored_at": when(row.authored_at) if row else None,
        "committed_at": when(row.committed_at) if row else None,
        "provenance": provenance(row),
        "url": None,
    }
    if repo is not None and row is not None:
        shown["url"] = url_for("changes.change", repo=repo, sha=sha)
    return shown


def suspect(row: SuspectRow, change: CommitRow | None, repo: str | None) -> Shown:
    """A suspect: the change and the evidence rows, whose points sum to ``score``."""
    evidence = sorted(row.evidence, key=lambda each: -abs(each.get("points", 0.0)))
    return {
        **commit(change, row.sha, repo),
        "score": row.score,
        "probability": row.probability,
        "chance": row.probability,
        "in_range": row.in_range,
        "service": row.service,
        "repository": repo,
        "request": request(row),
        "said": None,
        "evidence": [
            {
                "signal": each.get("signal", ""),
                "points": each.get("points", 0.0),
                "because": each.get("because", ""),
                "path": each.get("path"),
                "line": each.get("line"),
            }
            for each in evidence
        ],
    }


def request(row: SuspectRow) -> Shown | None:
    """The pull request that a suspect came by; None where that is not known."""
    if row.request is None:
        return None
    return {
        "number": row.request,
        "title": row.request_title,
        "link": link(row.request_url),
    }


def link(address: str | None) -> str | None:
    """An address that may be followed; None of any that is not a web page's."""
    return address if address and address.startswith(("https://", "http://")) else None


def deploy(row: DeployRow, project: ProjectRow | None = None) -> Shown:
    """A deploy: what went where, when, by whom."""
    return {
        "id": row.id,
        "project": project.slug if project else None,
        "release": row.release,
        "environment": row.environment,
        "service": row.service,
        "revision": row.revision,
        "short": row.revision[:SHORT] if row.revision else None,
        "at": when(row.at),
        "actor": row.actor,
        "link": link(row.url),
    }
