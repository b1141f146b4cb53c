"""Asks a running Correlator what it knows of a range: forges' facts, past issues, deploys.

Only what has happened since the range began is asked for, and nothing of the clone is sent but
the time of its oldest change.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from correlator.code.commits import read_commits
from correlator.errors import Permanent
from correlator.gate.assembling import Facts
from correlator.gate.risk import KnownIssue
from correlator.http import LARGEST, Outward
from correlator.types import Actor, AgentWork, BranchCommit, Opinion, PullRequest, Review

# A pull request may have been opened, and its branch written, long before it was merged.
_BEFORE = timedelta(days=1)
_TIMES = ("updated_at", "merged_at", "created_at", "said_at", "changed_at", "at")


@dataclass(frozen=True, slots=True)
class Server:
    """A Correlator, the repository's name there, and a token for it."""

    url: str
    token: str = field(repr=False)
    repository: str
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Known:
    """What it told. ``running``: by environment the revision that runs there, and since when."""

    facts: Facts = field(default_factory=Facts)
    issues: tuple[KnownIssue, ...] = ()
    running: Mapping[str, tuple[str, datetime]] = field(default_factory=dict)


NOBODY_ASKED = Known()


def ask_server(server: Server, path: Path, since: str, until: str) -> Known:
    """What a server knows of the changes between two revisions of a clone."""
    times = [one.committed_at for one in read_commits(path, f"{since}..{until}")]
    begun = min(times, default=server.now()) - _BEFORE
    query = urlencode({"repository": server.repository, "since": begun.isoformat()})
    bearer = {"authorization": f"Bearer {server.token}"}
    # Whoever types a server's address may mean one in their own network.
    private = (urlsplit(server.url).hostname or "",)
    with Outward(server.now, private, home=server.url, headers=bearer, largest=4 * LARGEST) as ask:
        said = ask.get(f"{server.url.rstrip('/')}/api/gate?{query}").json()
    try:
        return _read(said)
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise Permanent(
            f"{server.url} answered in a form that is not known here ({type(fault).__name__}). "
            "Is it a Correlator of this version?"
        ) from fault


def _read(said: Mapping[str, Any]) -> Known:
    facts = Facts(
        pulls=tuple(_pull(one) for one in said["pull_requests"]),
        reviews=tuple(_review(one) for one in said["reviews"]),
        reviewed=frozenset(said["reviewed"]),
        works=tuple(AgentWork(**_known(AgentWork, _timed(one))) for one in said["agent_works"]),
    )
    issues = tuple(_issue(one) for one in said["issues"])
    running = {
        one["environment"]: (one["revision"], datetime.fromisoformat(one["at"]))
        for one in said["running"]
    }
    return Known(facts, issues, running)


def _pull(said: Mapping[str, Any]) -> PullRequest:
    found = _timed(said)
    found |= {name: _actor(found[name]) for name in ("author", "merged_by")}
    found |= {name: tuple(found[name]) for name in ("merge_commits", "requested_by", "footers")}
    found["commits"] = tuple(
        BranchCommit(one["sha"], datetime.fromisoformat(one["authored_at"]), one["subject"])
        for one in found["commits"]
    )
    return PullRequest(**_known(PullRequest, found))


def _review(said: Mapping[str, Any]) -> Review:
    found = _timed(said)
    found |= {"reviewer": _actor(said["reviewer"]) or Actor(), "opinion": Opinion(said["opinion"])}
    return Review(**_known(Review, found))


def _issue(said: Mapping[str, Any]) -> KnownIssue:
    classes = tuple(str(one) for one in said.get("classes", ()))
    return KnownIssue(**_known(KnownIssue, {**said, "classes": classes}))


def _actor(said: Mapping[str, Any] | None) -> Actor | None:
    return Actor(**_known(Actor, said)) if said else None


def _known(kind: type[Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """Only what is known here: a newer server may tell more."""
    names = {one.name for one in fields(kind)}
    return {name: value for name, value in said.items() if name in names}


def _timed(said: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: datetime.fromisoformat(value) if name in _TIMES and value else value
        for name, value in said.items()
    }
