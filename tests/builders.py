"""Builders of rows: a full, plausible installation, piece by piece. What a test does not care
about is filled in; what it does, it names."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from sqlmodel import Session, select

from correlator.store.intake.bodies import pack
from correlator.store.intake.tallies import count_event, keep_hit
from correlator.store.tables import (
    AccountRow,
    CommitRow,
    DeployRow,
    EventRow,
    IssueRow,
    ProjectRepoRow,
    ProjectRow,
    RepoRow,
    StandingRow,
    SuspectRow,
    TroubleRow,
    VerdictRow,
)
from correlator.types import Event, Frame, Raised

NOW = datetime(2026, 11, 21, 3, 12, tzinfo=UTC)
_CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
EMAIL, PASSWORD = "ana@example.org", "correct horse battery"


def sha_of(name: str) -> str:
    """A full hash that stands for ``name``."""
    return hashlib.sha1(name.encode()).hexdigest()


def _kept(session: Session, row: Any) -> Any:
    session.add(row)
    session.flush()
    return row


def an_account(session: Session, email: str = EMAIL, password: str = PASSWORD) -> AccountRow:
    """Somebody who can log in; the hash is a cheap one, for the tests' sake."""
    row: AccountRow = _kept(
        session, AccountRow(email=email, password=_CHEAP.hash(password), created_at=NOW)
    )
    return row


def a_project(session: Session, slug: str = "shop") -> ProjectRow:
    """A project with a key of its own."""
    key = hashlib.md5(slug.encode()).hexdigest()
    row: ProjectRow = _kept(
        session,
        ProjectRow(slug=slug, public_key=key, webhook_secret=sha_of(slug), created_at=NOW),
    )
    return row


def a_repo(session: Session, project: ProjectRow | None = None, **given: Any) -> RepoRow:
    """A repository, holding the project's code when one is given."""
    fields: dict[str, Any] = {
        "name": "acme/shop",
        "url": "https://git.example.org/acme/shop.git",
        "default_branch": "main",
        "state": "ready",
        "fetched_at": NOW - timedelta(minutes=1),
        "created_at": NOW,
    }
    row: RepoRow = _kept(session, RepoRow(**{**fields, **given}))
    if project is not None:
        _kept(session, ProjectRepoRow(project_id=project.id, repo_id=row.id))
    return row


def a_commit(session: Session, repo: RepoRow, name: str = "culprit", **given: Any) -> CommitRow:
    """A commit as it was kept; its sha stands for ``name``."""
    fields: dict[str, Any] = {
        "sha": sha_of(name),
        "author_name": "Mira Holt",
        "author_email": "mira@example.org",
        "committer_name": "Mira Holt",
        "committer_email": "mira@example.org",
        "authored_at": NOW - timedelta(hours=5),
        "committed_at": NOW - timedelta(hours=4),
        "message": "Price carts in one pass\n\nSaves a query per line.",
        "author": "ai",
        "certainty": 0.9,
        "because": "a Co-authored-by trailer names Claude",
        "tools": ["claude-code"],
        "models": ["claude-opus-4-5"],
        "claims": [
            {
                "author": "ai",
                "mechanism": "trailers",
                "role": "co-authored",
                "certainty": 0.9,
                "because": "a Co-authored-by trailer names Claude",
                "tool": "claude-code",
                "model": "claude-opus-4-5",
            }
        ],
    }
    row: CommitRow = _kept(session, CommitRow(repo_id=repo.id, **{**fields, **given}))
    return row


def a_standing(session: Session, name: str) -> StandingRow:
    """Who stands behind the commit of that name: one stale review, a rule of the policy broken."""
    who = {"role": "author", "who": "@ana <b>", "is_machine": False, "because": "git records it"}
    body = {
        "number": 12,
        "standing": [who],
        "human": {**who, "role": "human", "because": "author of the commit"},
        "pull_request": {"forge": "github", "repository": "acme/shop", "number": 12,
                         "title": "Price carts", "state": "merged", "head": "2" * 40,
                         "merged_at": NOW.isoformat(), "url": "https://example.org/pull/12"},
        "sign_offs": [{"who": "@ben", "state": "stale", "source": "review", "commit": "1" * 40,
                       "because": f"approved {'1' * 12}, but the branch was at {'2' * 12}",
                       "at": NOW.isoformat()}],
        "owned": [{"pattern": "/billing/", "line": 3, "section": "", "optional": False,
                   "owners": ["@sam"], "signed": [], "unknown": [], "paths": ["billing/a.py"],
                   "files": 1}],
        "reviews_known": True, "review_seconds": None, "lines": 40,
        "notes": ["a machine merged it"], "paths": 1,
        "environment": "production", "deployed_at": NOW.isoformat(),
        "outcome": "broken", "policy": ".correlator.toml", "problem": None,
        "rulings": [{"rule": "AI-written changes to billing", "kind": "approval",
                     "outcome": "broken", "because": "2 sign-offs wanted, 0 given",
                     "waived": None}],
    }  # fmt: skip
    repo = session.exec(select(CommitRow).where(CommitRow.sha == sha_of(name))).one().repo_id
    row: StandingRow = _kept(
        session,
        StandingRow(repo_id=repo, sha=sha_of(name), number=12, outcome="broken", at=NOW, body=body),
    )
    return row


def an_event(**given: Any) -> Event:
    """An event with a short trace that crashes in ``shop/cart.py``."""
    frames = (
        Frame(filename="flask/app.py", function="dispatch_request", lineno=1511, in_app=False),
        Frame(filename="shop/views.py", function="checkout", lineno=41, in_app=True,
              context_line="    total = price(cart)", pre_context=("    cart = load(user)",)),
        Frame(filename="shop/cart.py", function="price", lineno=18, in_app=True,
              context_line='    return sum(rates[line["sku"]] * line["count"] for line in cart)',
              variables={"rates": "{'A-1': 250}", "cart": "[{'sku': 'B-7', 'count': 2}]"}),
    )  # fmt: skip
    fields: dict[str, Any] = {
        "event_id": hashlib.md5(b"event").hexdigest(),
        "at": NOW - timedelta(minutes=3),
        "platform": "python",
        "release": "shop@1.4.0",
        "service": "shop",
        "transaction": "POST /checkout",
        "exceptions": (Raised(type="KeyError", value="'B-7'", frames=frames),),
        "tags": {"region": "eu-1", "browser": "Firefox 140"},
        "modules": {"flask": "3.1.2"},
        "request": {"method": "POST", "url": "https://shop.example.org/checkout"},
        "breadcrumbs": ({"category": "query", "message": "SELECT rate FROM rates"},),
        "sdk": "sentry.python 2.75.0",
    }
    return Event(**{**fields, **given})


def an_issue(session: Session, project: ProjectRow, **given: Any) -> IssueRow:
    """An open issue, a quarter of an hour old, without events."""
    project.issues_made += 1
    fields: dict[str, Any] = {
        "number": project.issues_made,
        "type": "KeyError",
        "value": "'B-7'",
        "culprit_frame": "shop/cart.py in price",
        "level": "error",
        "platform": "python",
        "first_seen": NOW - timedelta(minutes=15),
        "last_seen": NOW - timedelta(minutes=1),
        "times_seen": 0,
        "users_seen": 0,
        "first_release": "shop@1.4.0",
        "first_environment": "production",
        "first_service": "shop",
    }
    row: IssueRow = _kept(session, IssueRow(project_id=project.id, **{**fields, **given}))
    return row


def some_events(
    session: Session, issue: IssueRow, event: Event | None = None, number: int = 5
) -> list[EventRow]:
    """Events of the issue, spread over its life; the first is its first."""
    event = event or an_event()
    life = issue.last_seen - issue.first_seen
    rows = [
        EventRow(
            project_id=issue.project_id,
            issue_id=issue.id or 0,
            event_id=hashlib.md5(f"{issue.id}-{place}".encode()).hexdigest(),
            at=issue.first_seen + life * (place / max(number - 1, 1)),
            received_at=NOW,
            release=event.release,
            environment=event.environment,
            service=event.service or "shop",
            user=hashlib.md5(f"user-{place % 3}".encode()).hexdigest(),
            body=pack(event),
        )
        for place in range(number)
    ]
    session.add_all(rows)
    session.flush()
    for row in rows:
        count_event(session, row)
        keep_hit(session, row.issue_id, row.user or "")
    issue.times_seen, issue.users_seen = number, min(number, 3)
    issue.first_event_id = rows[0].id
    return rows


def a_snippet(names: Sequence[str] = ("old", "culprit", "unknown"), **given: Any) -> dict[str, Any]:
    """Blamed source around the crash line of ``an_event``; lines by the commits of those names."""
    old, culprit, unknown = (sha_of(name) for name in names)
    source = [
        (11, "", old), (12, "def price(cart):", old),
        (13, '    """What the cart costs, in cents."""', old),
        (14, '    rates = {', culprit), (15, '        row.sku: row.rate', culprit),
        (16, "        for row in Rate.all(active=True)", culprit), (17, "    }", culprit),
        (18, '    return sum(rates[line["sku"]] * line["count"] for line in cart)', culprit),
        (19, "", unknown), (20, "", unknown), (21, "def empty(cart):", unknown),
        (22, "    return not cart", None),
    ]  # fmt: skip
    lines = [
        {"number": number, "text": text, "sha": sha, "origin_path": "shop/cart.py",
         "origin_line": number}
        for number, text, sha in source
    ]  # fmt: skip
    fields: dict[str, Any] = {
        "path": "shop/cart.py", "line": 18, "depth": 0, "chain": 0, "function": "price",
        "lines": lines,
    }  # fmt: skip
    return {**fields, **given}


def a_verdict(
    session: Session,
    issue: IssueRow,
    repo: RepoRow | None,
    suspects: Sequence[tuple[str, float]] = (("culprit", 0.82), ("second", 0.11)),
    **given: Any,
) -> VerdictRow:
    """The verdict in force, suspecting the commits of those names with those chances."""
    fields: dict[str, Any] = {
        "event_id": issue.first_event_id or 0,
        "at": NOW,
        "release": issue.first_release,
        "deployed": sha_of("deployed"),
        "resolved_by": "marker",
        "resolved_because": "a deploy marker names it",
        "previous": sha_of("previous"),
        "previous_release": "shop@1.3.9",
        "commits_in_range": 7,
        "confidence": suspects[0][1] if suspects else 0.0,
        "because": "It wrote the line that raised, and went out with this deploy.",
        "weights": "v1",
        "seconds": 0.41,
        "snippets": [a_snippet()] if repo else [],
    }
    row: VerdictRow = _kept(
        session,
        VerdictRow(issue_id=issue.id, repo_id=repo.id if repo else None, **{**fields, **given}),
    )
    for place, (name, chance) in enumerate(suspects, start=1):
        a_suspect(session, row, name, place, chance)
    issue.verdict_id = row.id
    return row


def a_suspect(
    session: Session, verdict: VerdictRow, name: str, place: int, chance: float
) -> SuspectRow:
    """A suspect with three rows of evidence."""
    evidence = [
        {"signal": "blamed-line", "points": 3.0 / place, "path": "shop/cart.py", "line": 18,
         "because": "wrote shop/cart.py:18, the line that raised"},
        {"signal": "in-this-release", "points": 1.5, "path": None, "line": None,
         "because": "went out with shop@1.4.0 and not before"},
        {"signal": "tests-only", "points": -0.25, "path": None, "line": None,
         "because": "half of it changes tests"},
    ]  # fmt: skip
    row: SuspectRow = _kept(
        session,
        SuspectRow(
            verdict_id=verdict.id or 0,
            place=place,
            sha=sha_of(name),
            score=sum(float(str(each["points"])) for each in evidence),
            probability=chance,
            in_range=True,
            evidence=evidence,
        ),
    )
    return row


def a_deploy(session: Session, project: ProjectRow, **given: Any) -> DeployRow:
    """The deploy that brought ``shop@1.4.0`` to production."""
    fields: dict[str, Any] = {
        "service": "shop",
        "environment": "production",
        "release": "shop@1.4.0",
        "revision": sha_of("deployed"),
        "at": NOW - timedelta(minutes=17),
        "received_at": NOW - timedelta(minutes=17),
        "actor": "deploy-bot",
        "url": "https://ci.example.org/runs/812",
    }
    row: DeployRow = _kept(session, DeployRow(project_id=project.id, **{**fields, **given}))
    return row


def a_trouble(session: Session, project: ProjectRow, **given: Any) -> TroubleRow:
    """A delivery that could not be read."""
    fields: dict[str, Any] = {
        "step": "digest",
        "subject_id": 1,
        "reason": "The envelope ends in the middle of an item.",
        "body": b"{}",
        "source": "sentry-envelope",
        "delivery": "abc",
        "at": NOW - timedelta(minutes=9),
    }
    row: TroubleRow = _kept(session, TroubleRow(project_id=project.id, **{**fields, **given}))
    return row


def a_whole_story(session: Session) -> IssueRow:
    """Project, repository, deploys, commits, and an issue with its events and verdict."""
    project = a_project(session)
    repo = a_repo(session, project)
    a_deploy(session, project, release="shop@1.3.9", revision=sha_of("previous"),
             at=NOW - timedelta(hours=20))  # fmt: skip
    a_deploy(session, project)
    a_commit(session, repo, "culprit")
    a_commit(session, repo, "second", message="Load rates once", author="mixed",
             author_name="Jo Aalto", because="records show both", tools=["cursor"],
             models=[])  # fmt: skip
    a_commit(session, repo, "old", message="Carts", author="human", author_name="Sam Okafor",
             because="the declared policy says so", tools=[], models=[], claims=[])  # fmt: skip
    a_commit(session, repo, "unknown", message="Tidy", author="unknown", author_name="Li Wei",
             because="no record says", certainty=0.0, tools=[], models=[], claims=[])  # fmt: skip
    issue = an_issue(session, project)
    some_events(session, issue)
    a_verdict(session, issue, repo)
    return issue
